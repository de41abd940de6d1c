"""Payment providers: what one is, one for trying things out, and one that speaks Stripe's API."""

from .interface import PaymentEvent, Provider, known, provider_of

__all__ = ["PaymentEvent", "Provider", "known", "provider_of"]
