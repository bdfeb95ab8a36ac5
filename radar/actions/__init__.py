"""What people do with radars: one module a noun, all of it offered here."""

from radar.actions.editions import Discarded, discard_draft, open_draft, publish
from radar.actions.evaluations import (
    Plan,
    close_evaluation,
    draft_evaluation,
    edit_evaluation,
    invite,
    open_scoring,
    uninvite,
)
from radar.actions.outcomes import accept_evaluation, submit_evaluation
from radar.actions.proposals import accept, comment, decline, propose, withdraw
from radar.actions.radars import RingSpec, SectorSpec, change_radar, create_radar
from radar.actions.schemes import create_scheme, edit_scheme
from radar.actions.sheets import hand_in, save_sheet, take_back
from radar.actions.technologies import create_technology, edit_technology, review

__all__ = [
    "Discarded",
    "Plan",
    "RingSpec",
    "SectorSpec",
    "accept",
    "accept_evaluation",
    "change_radar",
    "close_evaluation",
    "comment",
    "create_radar",
    "create_scheme",
    "create_technology",
    "decline",
    "discard_draft",
    "draft_evaluation",
    "edit_evaluation",
    "edit_scheme",
    "edit_technology",
    "hand_in",
    "invite",
    "open_draft",
    "open_scoring",
    "propose",
    "publish",
    "review",
    "save_sheet",
    "submit_evaluation",
    "take_back",
    "uninvite",
    "withdraw",
]
