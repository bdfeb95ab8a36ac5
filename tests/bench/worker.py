"""`python -m tests.bench.worker JOB`: one worker process that does one job and ends."""

import sys

import django


def main() -> int:
    django.setup()
    from portal.jobs.models import JobState
    from portal.jobs.worker import run_job

    return 0 if run_job(int(sys.argv[1])) == JobState.DONE else 1


if __name__ == "__main__":
    sys.exit(main())
