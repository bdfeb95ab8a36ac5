"""What the detection of real use offers to the rest of the portal."""

from portal.jobs.queue import JobKind, job_kinds
from portal.jobs.schedules import Schedule, schedules
from portal.lib import registry
from radar import use_jobs, use_sample, use_source
from radar.patterns import load_starting_patterns
from radar.use_lists import FILTER
from radar.use_panel import PANEL

AUDIT_SENTENCES = {
    "technology.sign_added": "{actor} said how {subject} is recognised: {after[sign]}",
    "technology.sign_removed": (
        "{actor} said that {subject} is no longer recognised by: {before[sign]}"
    ),
}


def register() -> None:
    use_source.register()
    job_kinds.add(JobKind(key=use_jobs.KIND, title="Technologies in use", run=use_jobs.run_look))
    schedules.add(
        Schedule(key="technologies in use", every=use_jobs.EVERY, run=use_jobs.look_by_the_clock)
    )
    schedules.add(
        Schedule(
            key="count technologies in use",
            every=use_jobs.COUNT_EVERY,
            run=use_jobs.count_by_the_clock,
        )
    )
    registry.panels.add(PANEL)
    registry.list_filters.add(FILTER)
    registry.starting_content.add(
        registry.StartingContent(key="technology signs", load=load_starting_patterns, order=31)
    )
    registry.sample_content.add(
        registry.SampleContent(
            key="technologies in use", load=use_sample.load, remove=use_sample.remove, order=45
        )
    )
    for verb, sentence in AUDIT_SENTENCES.items():
        registry.audit_sentences.add(registry.AuditSentence(key=verb, sentence=sentence))
