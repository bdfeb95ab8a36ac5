from radar.models.change import Comment, Proposal, RingChange
from radar.models.edition import Edition, Movement, Placement
from radar.models.evaluation import Candidate, Evaluation, Invitation, Scheme, Sheet
from radar.models.radar import Meaning, Radar, Ring, Sector
from radar.models.run import RadarImport
from radar.models.technology import Entry, Technology
from radar.models.use import Pattern, PatternKind, Use

__all__ = [
    "Candidate",
    "Comment",
    "Edition",
    "Entry",
    "Evaluation",
    "Invitation",
    "Meaning",
    "Movement",
    "Pattern",
    "PatternKind",
    "Placement",
    "Proposal",
    "Radar",
    "RadarImport",
    "Ring",
    "RingChange",
    "Scheme",
    "Sector",
    "Sheet",
    "Technology",
    "Use",
]
