"""Rate cards, what calls have cost, and budgets in Django admin."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from calls.admin.facts import Facts
from calls.control import budgets, costing
from calls.models import Budget, Call, CallCost, CardRate, RateCard
from compliance import audit


class RateInline(admin.TabularInline):
    """Its prices."""

    model = CardRate
    extra = 3


@admin.register(RateCard)
class RateCardAdmin(admin.ModelAdmin):
    """What vendors ask, from a day on. What a card does not name goes on at its earlier price."""

    list_display = ("name", "since", "source")
    list_filter = ("since",)
    search_fields = ("name", "source", "rates__item")
    inlines = (RateInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Calls from its first day on are counted anew, and it is written down who set the prices."""
        super().save_related(request, form, formsets, change)
        card = form.instance
        self._changed(request, card)
        since = min(card.since, form.initial.get("since") or card.since)
        anew = CallCost.count_anew(Call.objects.filter(ended_at__date__gte=since))
        messages.info(request, f"{anew} calls since {since} are counted anew with these prices, within a few minutes.")

    def delete_model(self, request: HttpRequest, obj: RateCard) -> None:
        """Without it, what it priced has an earlier price, or none."""
        CallCost.count_anew(Call.objects.filter(ended_at__date__gte=obj.since))
        self._changed(request, obj)
        super().delete_model(request, obj)

    def _changed(self, request: HttpRequest, card: RateCard) -> None:
        who, rates = request.user.get_username(), card.rates.count()
        subject, now = f"rate_card:{card.pk}", timezone.now()
        audit.note(act="change_rates", subject=subject, by=who, now=now, since=card.since.isoformat(), rates=rates)


@admin.register(CallCost)
class CallCostAdmin(Facts):
    """What calls have cost."""

    list_display = ("call", "dollars", "unpriced", "counted_at")
    list_filter = (("call__assistant", admin.RelatedOnlyFieldListFilter), "call__channel")
    search_fields = ("call__legs__leg_sid",)
    date_hierarchy = "counted_at"
    list_select_related = ("call",)

    @admin.display(description="US dollars", ordering="micros")
    def dollars(self, cost: CallCost) -> str:
        """To the micro-dollar."""
        return f"{cost.usd:.6f}"


@admin.register(Budget)
class BudgetAdmin(admin.ModelAdmin):
    """How much may be spent, and what happens then."""

    list_display = ("name", "whose", "period", "warn_at", "step_down_at", "stop_at", "level", "dollars", "is_active")
    list_filter = ("level", "period", "is_active")
    search_fields = ("name", "assistant__name", "campaign__name")
    list_select_related = ("assistant", "campaign")
    autocomplete_fields = ("assistant",)
    readonly_fields = ("standing",)
    fieldsets = (
        (None, {"fields": ("name", "is_active", "assistant", "campaign", "period")}),
        (
            "What happens when",
            {
                "fields": ("warn_at", "step_down_at", "cheaper_model", "uses_text_line", "stop_at", "standing"),
                "description": "Each amount may be left empty. A call in progress is neither ended nor changed by a "
                "budget: it goes on with the model it began with. Incoming calls are always answered.",
            },
        ),
    )

    @admin.display(description="spent, USD")
    def dollars(self, budget: Budget) -> str:
        """So far in its period."""
        return budgets.dollars(budget.spent)

    @admin.display(description="now")
    def standing(self, budget: Budget) -> str:
        """What it does at this moment."""
        return format_html("{}", budgets.standing(budget, now=timezone.now()) if budget.pk else "not saved yet")

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        """It holds from this second on, and whoever saved it is told what that means for calls in progress."""
        super().save_model(request, obj, form, change)
        now = timezone.now()
        who = request.user.get_username()
        amounts = {name: str(getattr(obj, name) or "") for name in ("warn_at", "step_down_at", "stop_at")}
        audit.note(
            act="change_budget", subject=f"budget:{obj.pk}", by=who, now=now, is_active=obj.is_active,
            period=str(obj.period), **amounts,
        )  # fmt: skip
        live = list(obj.calls(now=now).exclude(phase="closed").values_list("pk", flat=True)[:500])
        costing.count(live, now=now)
        budgets.judge(obj, now=now)
        messages.info(request, budgets.standing(obj, now=now))
