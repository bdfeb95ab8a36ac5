"""Every page asks for sign-in, except those that say otherwise by `@login_not_required`."""

from django.contrib.auth.middleware import LoginRequiredMiddleware


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own rule; the API and the machines' addresses answer for themselves."""
