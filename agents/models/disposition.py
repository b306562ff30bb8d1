"""What a call was worth, in the words of the business."""

from django.db import models


class Disposition(models.Model):
    """One result a call can have. The code is what reports count."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True, help_text="Off: is not offered any more.")

    def __str__(self) -> str:
        return self.name
