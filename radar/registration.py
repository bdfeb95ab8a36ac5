"""Everything that the radar offers to the rest of the portal, in one place."""

from portal.lib import registry
from radar import (
    desk,
    evaluation_registration,
    import_registration,
    sample,
    search,
    starting,
    use_registration,
)

AUDIT_SENTENCES = {
    "radar.created": "{actor} made the radar {subject}",
    "radar.changed": "{actor} changed the radar {subject}",
    "technology.created": "{actor} made the technology {subject} known",
    "technology.changed": "{actor} changed what is said of {subject}",
    "technology.reviewed": (
        "{actor} reviewed {subject}; the next review is due on {after[next_review_on]}"
    ),
    "technology.moved": (
        "{actor} moved {subject} from {before[ring]} to {after[ring]} on {after[radar]}"
    ),
    "proposal.made": "{actor} made {subject}: {after[ring]} on {after[radar]}",
    "proposal.commented": "{actor} commented on {subject}: {after[comment]}",
    "proposal.withdrawn": "{actor} withdrew {subject}",
    "proposal.accepted": "{actor} accepted {subject}",
    "proposal.declined": "{actor} declined {subject}: {after[reason]}",
    "edition.opened": "{actor} opened a draft of the radar {subject}",
    "edition.discarded": (
        "{actor} threw the draft of the radar {subject} away, with ring changes: {before[count]}"
    ),
    "edition.published": "{actor} published {subject}",
}


def register() -> None:
    for verb, sentence in AUDIT_SENTENCES.items():
        registry.audit_sentences.add(registry.AuditSentence(key=verb, sentence=sentence))
    _register_pages()
    _register_link_targets()
    use_registration.register()
    evaluation_registration.register()
    import_registration.register()
    registry.starting_content.add(
        registry.StartingContent(key="radar", load=starting.load, order=30)
    )
    registry.sample_content.add(
        registry.SampleContent(key="radar", load=sample.load, remove=sample.remove, order=20)
    )


def _register_pages() -> None:
    registry.navigation.add(
        registry.NavItem(
            key="radar",
            title="Radar",
            url_name="radar:home",
            icon="radar",
            group=3,
            order=10,
            dock=True,
        )
    )
    registry.desk_sources.add(registry.DeskSource(key="radar", load=desk.waiting, order=40))
    registry.change_sources.add(
        registry.ChangeSource(key="radar rings", load=desk.changes, order=20)
    )
    registry.search_sources.add(
        registry.SearchSource(
            key="technologies", title="Technologies and evaluations", find=search.find, order=30
        )
    )


def _register_link_targets() -> None:
    targets = (
        ("technology", "Technology", search.resolve_technologies),
        ("radar", "Radar", search.resolve_radars),
        ("edition", "Edition", search.resolve_editions),
    )
    for order, (kind, title, resolve) in enumerate(targets, start=20):
        registry.link_targets.add(
            registry.LinkTarget(key=kind, title=title, resolve=resolve, order=order)
        )
