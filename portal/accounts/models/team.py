from django.db import models

from portal.accounts.models.person import Person
from portal.lib.addresses import address_of


class Team(models.Model):
    """A team or department; `parent` makes the tree. The catalogue has its pages."""

    key = models.CharField(max_length=130, unique=True)
    name = models.CharField(max_length=63)
    title = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(blank=True, default="")
    type = models.CharField(max_length=63, blank=True, default="team")
    email = models.EmailField(max_length=254, blank=True, default="")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )
    members = models.ManyToManyField(Person, through="Membership", related_name="teams")
    links = models.JSONField(default=list, blank=True)
    is_sample = models.BooleanField(default=False)
    vanished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="accounts_team_not_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.name

    @property
    def url(self) -> str:
        """The address of its page."""
        return address_of("catalog:team", self.key)


class Membership(models.Model):
    """A person in a team. A lead's "own teams" are those they are a member of, and below."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "person"], name="accounts_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.team}"
