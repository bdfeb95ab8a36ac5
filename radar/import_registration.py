"""What imports of radars offer to the rest of the portal."""

from datetime import timedelta

from portal.jobs.queue import job_kinds
from portal.jobs.schedules import Schedule, schedules
from portal.lib import registry
from radar import import_jobs

AUDIT_SENTENCES = {
    "radar.import_checked": "{actor} checked a file for the radar {subject}",
    "radar.import_confirmed": "{actor} confirmed an import into the radar {subject}",
    "edition.imported": "{actor} imported {subject} from {after[source]}",
    "edition.corrected": "{actor} changed {subject} to what {after[source]} says",
}


def register() -> None:
    job_kinds.add(import_jobs.IMPORT)
    schedules.add(
        Schedule(key="prune radar imports", every=timedelta(days=1), run=import_jobs.prune)
    )
    for verb, sentence in AUDIT_SENTENCES.items():
        registry.audit_sentences.add(registry.AuditSentence(key=verb, sentence=sentence))
