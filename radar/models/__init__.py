from radar.models.change import Comment, Proposal, RingChange
from radar.models.edition import Edition, Movement, Placement
from radar.models.radar import Meaning, Radar, Ring, Sector
from radar.models.run import RadarImport
from radar.models.technology import Entry, Technology
from radar.models.use import Pattern, PatternKind, Use

__all__ = [
    "Comment",
    "Edition",
    "Entry",
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
    "Sector",
    "Technology",
    "Use",
]
