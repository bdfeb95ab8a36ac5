from django.apps import AppConfig

from portal.lib.registry import AuditSentence, audit_sentences

SENTENCES = {
    "person.created": "{actor} let {subject} in as {after[role]}",
    "person.role_changed": (
        "{actor} changed the role of {subject} from {before[role]} to {after[role]}"
    ),
    "person.deactivated": "{actor} switched off the account of {subject}",
    "person.reactivated": "{actor} switched the account of {subject} on again",
    "person.updated": "{actor} changed the account of {subject}",
    "person.password_changed": "{actor} set a new password for {subject}",
    "person.link_made": "{actor} made a link by which {subject} chooses a password",
    "person.signed_in": "{actor} signed in by {after[way]}",
    "person.signed_out": "{actor} signed out",
    "person.sign_in_failed": "Somebody failed to sign in as {subject} from {after[address]}",
    "team.member_added": "{actor} added {after[name]} to {subject}",
    "team.member_removed": "{actor} took {before[name]} out of {subject}",
    "token.created": "{actor} made the token {subject} for {after[person]}",
    "token.revoked": "{actor} revoked the token {subject}",
}


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        for verb, sentence in SENTENCES.items():
            audit_sentences.add(AuditSentence(key=verb, sentence=sentence))
