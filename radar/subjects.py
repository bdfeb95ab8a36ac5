"""How the audit names things of the radar."""

from portal.audit.actions import Subject
from radar.models import Edition, Evaluation, Proposal, Radar, Scheme, Technology


def radar_subject(radar: Radar) -> Subject:
    return ("radar", radar.slug, radar.title)


def technology_subject(technology: Technology) -> Subject:
    return ("technology", technology.slug, technology.name)


def edition_subject(edition: Edition) -> Subject:
    radar = edition.radar
    return ("edition", f"{radar.slug}/{edition.key}", f"{radar.title}, {edition.title}")


def proposal_subject(proposal: Proposal) -> Subject:
    return ("proposal", str(proposal.pk), f"proposal {proposal.pk}, {proposal.name}")


def evaluation_subject(evaluation: Evaluation) -> Subject:
    return ("evaluation", str(evaluation.pk), str(evaluation))


def scheme_subject(scheme: Scheme) -> Subject:
    return ("scheme", scheme.slug, str(scheme))
