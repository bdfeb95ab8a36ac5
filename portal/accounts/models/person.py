import re
from itertools import chain, count
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from portal.lib.addresses import address_of


class Role(models.TextChoices):
    ENGINEER = "engineer", "Engineer"
    ARCHITECT = "architect", "Architect"
    LEAD = "lead", "Lead"
    ADMIN = "admin", "Admin"


class PersonQuerySet(models.QuerySet["Person"]):
    def real_admins(self) -> Self:
        """Admins who are no sample people and can act."""
        return self.filter(role=Role.ADMIN, is_active=True, is_sample=False)

    def sample(self) -> Self:
        """Sample people, who may be signed in as by one click where that is allowed."""
        return self.filter(is_sample=True, is_active=True)

    def named(self, words: str) -> "Person | None":
        """The person of a key or an e-mail address, in any case."""
        words = words.strip().lower()
        field = "email" if "@" in words else "key"
        return self.filter(**{field: words}).first()

    def matching(self, words: str) -> Self:
        """People whose name, key or e-mail address holds `words`."""
        return self.filter(
            Q(name__icontains=words) | Q(key__icontains=words) | Q(email__icontains=words)
        )


class PersonManager(BaseUserManager.from_queryset(PersonQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """Create a person; without a password none can be used to sign in."""
        email = self.normalize_email(email).lower()
        fields.setdefault("key", self.free_key(email.split("@")[0]))
        fields.setdefault("name", email.split("@")[0])
        person: Person = self.model(email=email, **fields)
        person.set_password(password)
        person.save()
        return person

    def free_key(self, wanted: str) -> str:
        """`wanted` as a key, with a number behind it where somebody has it already."""
        wanted = re.sub(r"[^a-z0-9_.-]+", "-", wanted.lower()).strip("-.") or "person"
        taken = set(self.filter(key__startswith=wanted[:120]).values_list("key", flat=True))
        numbered = (f"{wanted[:120]}-{number}" for number in count(2))
        return next(key for key in chain([wanted[:120]], numbered) if key not in taken)


class Person(AbstractBaseUser):
    """Somebody who signs in, or whom the catalogue names (then without a usable password)."""

    key = models.CharField(max_length=130, unique=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, unique=True, null=True, blank=True)
    role = models.CharField(max_length=16, choices=Role, default=Role.ENGINEER)
    is_active = models.BooleanField(default=True)
    is_sample = models.BooleanField(default=False)
    picture = models.URLField(max_length=500, blank=True, default="")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["name", "key"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_person_role"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """The address of the page that everybody sees."""
        return address_of("catalog:person", self.key)

    @property
    def has_password(self) -> bool:
        """Whether a password was ever chosen; the catalogue's people are written without."""
        return bool(self.password) and self.has_usable_password()

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
