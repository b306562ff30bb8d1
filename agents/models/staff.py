"""The people's side of the house."""

from django.db import models


class Department(models.Model):
    """A part of the business that calls belong to."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name
