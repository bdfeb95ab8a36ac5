"""What evaluations offer to the rest of the portal."""

from portal.lib import registry
from radar import evaluation_sample, evaluation_schemes, search
from radar.models import Evaluation

AUDIT_SENTENCES = {
    "evaluation.drafted": "{actor} drafted {subject}: {after[question]}",
    "evaluation.changed": "{actor} changed the draft of {subject}",
    "evaluation.invited": "{actor} invited {after[people]} to score {subject}",
    "evaluation.uninvited": "{actor} took the invitation of {after[people]} to {subject} back",
    "evaluation.opened": "{actor} opened {subject} for scoring until {after[ends_on]}",
    "evaluation.handed_in": "{actor} handed in a sheet of {after[candidate]} for {subject}",
    "evaluation.taken_back": "{actor} took the sheet of {after[candidate]} for {subject} back",
    "evaluation.submitted": (
        "{actor} submitted {subject}: {after[total]} points, {after[verdict]}"
    ),
    "evaluation.reviewed": "{actor} accepted {subject}: {after[ring]}",
    "evaluation.closed": "{actor} closed {subject}",
    "scheme.created": "{actor} made the scheme {subject}",
    "scheme.changed": "{actor} changed the scheme {subject}",
}


def register() -> None:
    for verb, sentence in AUDIT_SENTENCES.items():
        registry.audit_sentences.add(registry.AuditSentence(key=verb, sentence=sentence))
    registry.navigation.add(
        registry.NavItem(
            key="evaluations",
            title="Evaluations",
            url_name="radar:evaluations",
            icon="evaluations",
            group=3,
            order=20,
            count=count_open,
        )
    )
    registry.link_targets.add(
        registry.LinkTarget(
            key="evaluation", title="Evaluation", resolve=search.resolve_evaluations, order=23
        )
    )
    registry.starting_content.add(
        registry.StartingContent(key="evaluation schemes", load=evaluation_schemes.load, order=31)
    )
    registry.sample_content.add(
        registry.SampleContent(
            key="evaluations",
            load=evaluation_sample.load,
            remove=evaluation_sample.remove,
            order=21,
        )
    )


def count_open() -> int:
    """The number beside "Evaluations" in the rail: those that are open for scoring."""
    return Evaluation.objects.filter(state=Evaluation.State.OPEN).count()
