# The portal in one image: web, worker, beat and the commands differ by their command only.
# Base images are pinned by tag; docs/deploy.md says how to pin them by digest.
FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements/run.txt requirements/run.txt
RUN /opt/venv/bin/pip install --quiet --require-hashes -r requirements/run.txt

COPY manage.py pyproject.toml catalog-info.yaml ./
COPY portal portal
COPY scorecards scorecards
COPY radar radar
COPY runbooks runbooks
COPY templates templates
COPY static static
RUN PORTAL_DATA=/tmp/build PORTAL_STATIC=/app/collected \
        /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build \
    && /opt/venv/bin/python -m compileall -q portal scorecards radar runbooks


FROM python:3.11-slim-bookworm

LABEL org.opencontainers.image.title="Command Center" \
      org.opencontainers.image.description="An internal developer portal" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 portal \
    && useradd --system --uid 10001 --gid portal --home-dir /app --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORTAL_BIND=0.0.0.0 \
    PORTAL_DATA=/data \
    PORTAL_STATIC=/app/collected
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-m", "portal.operations.alive"]
CMD ["gunicorn", "--config", "python:portal.operations.web", "portal.wsgi"]
