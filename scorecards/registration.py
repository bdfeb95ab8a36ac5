"""Everything that scorecards offer to the rest of the portal, in one place."""

from datetime import datetime, timedelta
from functools import partial

from portal.jobs.queue import JobKind, job_kinds
from portal.jobs.schedules import Schedule, schedules
from portal.lib import registry
from scorecards import desk, evaluation_jobs, refresh, sample, search
from scorecards.columns import COLUMNS, FILTERS
from scorecards.panels import PANELS
from scorecards.publishing import publish_packs
from scorecards.ruleset import is_sample_source
from scorecards.service_facts import SPECS
from scorecards.sources import checkout, github, probe, prometheus, repository_specs
from scorecards.sources.base import Source, sources
from scorecards.sources.sample import SAMPLE_SOURCES

EVALUATE_EVERY = timedelta(minutes=15)
LEAVE_OUT_EVERY = timedelta(minutes=1)


def register() -> None:
    for spec in SPECS:
        registry.facts.add(spec)
    _register_sources()
    _register_jobs()
    _register_pages()
    registry.starting_content.add(
        registry.StartingContent(key="rule packs", load=load_packs, order=10)
    )
    registry.sample_content.add(
        registry.SampleContent(
            key="scorecards",
            load=sample.load,
            remove=sample.remove,
            steps=sample.HISTORY_DAYS,
            order=40,
        )
    )
    for verb, sentence in AUDIT_SENTENCES.items():
        registry.audit_sentences.add(registry.AuditSentence(key=verb, sentence=sentence))


AUDIT_SENTENCES = {
    "service.refresh_requested": "{actor} asked for fresh facts about {subject}",
    "scorecard.published": "{actor} published the scorecard {subject}",
}


def load_packs() -> None:
    """Publish the packs; where one changed, everything is evaluated anew."""
    if publish_packs():
        evaluation_jobs.evaluate_by_the_clock(datetime.now().astimezone())


def _register_sources() -> None:
    repository_specs.register()
    github.register()
    checkout.register()
    prometheus.register()
    probe.register()
    for source in SAMPLE_SOURCES:
        sources.add(source)


def _register_pages() -> None:
    registry.navigation.add(
        registry.NavItem(
            key="scorecards",
            title="Scorecards",
            url_name="scorecards:overview",
            icon="scorecards",
            group=1,
            order=20,
            dock=True,
        )
    )
    for panel in PANELS:
        registry.panels.add(panel)
    for column in COLUMNS:
        registry.list_columns.add(column)
    for list_filter in FILTERS:
        registry.list_filters.add(list_filter)
    registry.desk_sources.add(registry.DeskSource(key="checks", load=desk.checks_to_fix, order=30))
    registry.change_sources.add(
        registry.ChangeSource(key="levels", load=desk.level_changes, order=10)
    )
    registry.search_sources.add(
        registry.SearchSource(key="checks", title="Checks", find=search.find, order=40)
    )
    registry.link_targets.add(
        registry.LinkTarget(key="check", title="Check", resolve=search.resolve_checks)
    )
    registry.link_targets.add(
        registry.LinkTarget(key="scorecard", title="Scorecard", resolve=search.resolve_scorecards)
    )


def _register_jobs() -> None:
    job_kinds.add(JobKind(key=refresh.KIND, title="Refresh", run=refresh.run_refresh))
    job_kinds.add(
        JobKind(key=evaluation_jobs.KIND, title="Evaluation", run=evaluation_jobs.run_evaluation)
    )
    schedules.add(
        Schedule(key="evaluate", every=EVALUATE_EVERY, run=evaluation_jobs.evaluate_by_the_clock)
    )
    schedules.add(
        Schedule(
            key="leave out vanished",
            every=LEAVE_OUT_EVERY,
            run=evaluation_jobs.leave_out_vanished,
        )
    )
    for source in sources:
        schedules.add(
            Schedule(
                key=f"refresh {source.key}",
                every=source.every,
                run=partial(refresh_by_the_clock, source),
            )
        )


def refresh_by_the_clock(source: Source, now: datetime) -> None:
    """File the refresh of a source that is on and has somebody to be asked about. A sample source
    waits until its history is there."""
    if is_sample_source(source) and not sample.has_history():
        return
    if refresh.has_work(source):
        refresh.file_refresh(source_keys=[source.key])
