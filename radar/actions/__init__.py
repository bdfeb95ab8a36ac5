"""What people do with radars: one module a noun, all of it offered here."""

from radar.actions.editions import Discarded, discard_draft, open_draft, publish
from radar.actions.proposals import accept, comment, decline, propose, withdraw
from radar.actions.radars import RingSpec, SectorSpec, change_radar, create_radar
from radar.actions.technologies import create_technology, edit_technology, review

__all__ = [
    "Discarded",
    "RingSpec",
    "SectorSpec",
    "accept",
    "change_radar",
    "comment",
    "create_radar",
    "create_technology",
    "decline",
    "discard_draft",
    "edit_technology",
    "open_draft",
    "propose",
    "publish",
    "review",
    "withdraw",
]
