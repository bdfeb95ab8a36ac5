from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    ENGINEER = "engineer", "Engineer"
    ARCHITECT = "architect", "Architect"
    LEAD = "lead", "Lead"
    ADMIN = "admin", "Admin"


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """Create a person; without a password none can be used to sign in."""
        email = self.normalize_email(email).lower()
        fields.setdefault("key", email.split("@")[0])
        fields.setdefault("name", email.split("@")[0])
        person = self.model(email=email, **fields)
        person.set_password(password)
        person.save()
        return person


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
    def is_staff(self) -> bool:
        """Staff means admin, here and in Django's own terms."""
        return self.role == Role.ADMIN

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
