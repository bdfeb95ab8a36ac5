"""The nouns of the catalogue. Each row is the typed reading of one document."""

from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from portal.accounts.models import Team
from portal.catalog.models.document import Document
from portal.lib.addresses import address_of


class EntryQuerySet(models.QuerySet[Any]):
    def visible(self) -> "EntryQuerySet":
        """Those that their source still has."""
        return self.filter(vanished_at=None)

    def named(self, words: str) -> "EntryQuerySet":
        """Those whose key or title holds the words, in any case."""
        return self.filter(Q(key__contains=words.lower()) | Q(title__icontains=words))

    def owned_by(self, teams: Collection[int]) -> "EntryQuerySet":
        """Those that one of these teams owns."""
        return self.filter(owner_id__in=teams)

    def tagged(self, tag: str) -> "EntryQuerySet":
        """Those that carry exactly this tag. No tag holds a quote: the JSON text is searched."""
        rows = self.annotate(tags_text=Cast("tags", TextField()))
        return rows.filter(tags_text__contains=f'"{tag.lower()}"')  # type: ignore[no-any-return]

    def listed(self) -> "EntryQuerySet":
        """With what a line of a list shows, and without what it does not."""
        names = {field.name for field in self.model._meta.concrete_fields}
        related = sorted({"owner", "system", "domain"} & names)
        shown = names - _UNLISTED | {f"{noun}__{name}" for noun in related for name in _NAMES}
        return self.select_related(*related).only(*shown)


_UNLISTED = {"description", "links", "annotations", "tags", "definition"}
_NAMES = ("key", "name", "title")  # all that a line shows of what its thing belongs to


class Entry(models.Model):
    """What every noun has. `owner_ref` is what the file says, whether such a team exists or not."""

    key = models.CharField(max_length=130, unique=True)
    name = models.CharField(max_length=63)
    namespace = models.CharField(max_length=63, default="default")
    title = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(blank=True, default="")
    type = models.CharField(max_length=63, blank=True, default="")
    owner = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="%(class)ss"
    )
    owner_ref = models.CharField(max_length=200, blank=True, default="")
    tags = models.JSONField(default=list, blank=True)
    links = models.JSONField(default=list, blank=True)  # [{"url", "title", "icon", "type"}]
    annotations = models.JSONField(default=dict, blank=True)
    document = models.OneToOneField(
        Document, null=True, blank=True, on_delete=models.SET_NULL, related_name="%(class)s"
    )
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    vanished_at = models.DateTimeField(null=True, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title or self.name

    @property
    def url(self) -> str:
        """The address of its page."""
        return address_of(f"catalog:{self._meta.model_name}", self.key)


class Domain(Entry):
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="subdomains"
    )


class System(Entry):
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.SET_NULL, related_name="systems"
    )


class Service(Entry):
    """A component of any type: service, website, library …"""

    lifecycle = models.CharField(max_length=63, blank=True, default="")
    tier = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 most important … 4
    system = models.ForeignKey(
        System, null=True, blank=True, on_delete=models.SET_NULL, related_name="services"
    )
    repository = models.CharField(max_length=200, blank=True, default="")  # "owner/name"
    repository_path = models.CharField(max_length=300, blank=True, default="")  # in a monorepo
    on_call = models.CharField(max_length=300, blank=True, default="")  # a name or an address

    class Meta(Entry.Meta):
        indexes = [
            models.Index(fields=["repository"], name="catalog_service_repository"),
            models.Index(fields=["name"], name="catalog_service_name"),
            models.Index(fields=["tier", "key"], name="catalog_service_tier"),
            models.Index(fields=["lifecycle", "key"], name="catalog_service_lifecycle"),
            models.Index(fields=["type", "key"], name="catalog_service_type"),
            models.Index(fields=["owner", "key"], name="catalog_service_owner"),
            models.Index(fields=["key", "name", "title"], name="catalog_service_words"),
        ]


class API(Entry):
    """`definition` is the text itself, with `$text` and its like followed."""

    definition = models.TextField(blank=True, default="")
    lifecycle = models.CharField(max_length=63, blank=True, default="")
    system = models.ForeignKey(
        System, null=True, blank=True, on_delete=models.SET_NULL, related_name="apis"
    )


class Resource(Entry):
    system = models.ForeignKey(
        System, null=True, blank=True, on_delete=models.SET_NULL, related_name="resources"
    )
