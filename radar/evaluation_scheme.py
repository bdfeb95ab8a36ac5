"""The portal's own scheme: ten criteria in two groups, and what their total means. Pure.

Criteria, thresholds and verdicts are fixed; the sentences beside the scores are the portal's.
"""

from typing import Any

SLUG = "poc"
TITLE = "Proof of concept"
DESCRIPTION = (
    "Ten criteria, five of technical fit and five of business impact, each scored from 1 to 5. "
    "The total lies between 10 and 50."
)
TECHNICAL_FIT = "Technical fit"
BUSINESS_IMPACT = "Business impact"

BANDS: list[dict[str, Any]] = [
    {"from": 35, "verdict": "adopt", "title": "Strong adopt candidate", "ring": "adopt"},
    {"from": 25, "verdict": "trial", "title": "Trial in a non-critical path", "ring": "trial"},
    {"from": 15, "verdict": "assess", "title": "Continue assessment", "ring": "assess"},
    {"from": 10, "verdict": "stop", "title": "Do not proceed", "ring": "hold"},
]
KNOCK_OUTS: list[dict[str, Any]] = [
    {"criterion": "", "at_most": 1},
    {"criterion": "risk", "at_most": 2},
]


def _criterion(key: str, group: str, title: str, question: str, *anchors: str) -> dict[str, Any]:
    return {
        "key": key,
        "group": group,
        "title": title,
        "question": question,
        "anchors": list(anchors),
    }


CRITERIA: list[dict[str, Any]] = [
    _criterion(
        "problem",
        TECHNICAL_FIT,
        "Solves the actual problem",
        "Does what was tried meet the success criteria?",
        "It leaves the problem as it is.",
        "It helps beside the problem.",
        "It meets some of the success criteria.",
        "It meets nearly all; what is left has a way around.",
        "It meets every success criterion, and we have seen it.",
    ),
    _criterion(
        "integration",
        TECHNICAL_FIT,
        "Integrates with existing stack",
        "How much has to be built or changed around it?",
        "It asks for a platform of its own.",
        "Several parts of ours would have to change.",
        "It needs adapters that we would have to keep.",
        "One small adapter, or some configuration.",
        "It fits in as it is: builds, sign-in, logs and metrics.",
    ),
    _criterion(
        "performance",
        TECHNICAL_FIT,
        "Acceptable performance characteristics",
        "What was measured under a load like ours?",
        "Far from what we need, and no way to get there.",
        "Below what we need; tuning might get it there.",
        "Just what we need, with nothing to spare.",
        "What we need, with room for a year of growth.",
        "Several times what we need, at the same cost.",
    ),
    _criterion(
        "learning",
        TECHNICAL_FIT,
        "Reasonable learning curve",
        "How long until somebody new to it ships something useful?",
        "Months, and only with help from outside.",
        "More than a month.",
        "Two to four weeks, with somebody to ask.",
        "About a week, from its own documentation.",
        "A day or two.",
    ),
    _criterion(
        "maintenance",
        TECHNICAL_FIT,
        "Active maintenance and community",
        "Who keeps it alive, and how do they answer?",
        "Nobody has released or answered for a year.",
        "Releases are rare, questions stay open.",
        "One person or one company keeps it going.",
        "Regular releases and answers by a few companies.",
        "Several independent organisations, with published support times.",
    ),
    _criterion(
        "time_to_market",
        BUSINESS_IMPACT,
        "Time to market improvement",
        "What reaches customers sooner because of it?",
        "What is planned would come later.",
        "It delays at first and gains nothing we can name.",
        "No difference.",
        "Something planned comes weeks sooner.",
        "Something planned comes a quarter sooner, or becomes possible.",
    ),
    _criterion(
        "cost",
        BUSINESS_IMPACT,
        "Cost reduction potential",
        "What changes in licences, machines and hours of work?",
        "Much dearer than today.",
        "Somewhat dearer than today.",
        "About the same.",
        "Cheaper within a year, migration included.",
        "Cheaper from the first month.",
    ),
    _criterion(
        "advantage",
        BUSINESS_IMPACT,
        "Competitive advantage",
        "What can we offer that others can't?",
        "It sets us back behind others.",
        "Nothing that a customer would notice.",
        "We catch up with others.",
        "Customers notice, and others would need a while.",
        "Customers choose us for it, and it is hard to copy.",
    ),
    _criterion(
        "risk",
        BUSINESS_IMPACT,
        "Risk profile acceptable",
        "Security, lock-in, licence, data: what if it goes wrong?",
        "A risk that nobody here may take.",
        "A high risk, and no way back.",
        "Known risks that need controls we don't have yet.",
        "Known risks under control, with a way back that was tried.",
        "Hardly any risk; it can be taken out within a day.",
    ),
    _criterion(
        "capability",
        BUSINESS_IMPACT,
        "Team capability match",
        "Who can build with it, and run it at three in the morning?",
        "Nobody, and nobody is keen to learn.",
        "One person.",
        "Two or three people of one team.",
        "Most of the team, the others are learning.",
        "Every team that would use it.",
    ),
]
