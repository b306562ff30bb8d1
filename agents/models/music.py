"""What callers hear while they wait."""

from django.core.files.storage import Storage, storages
from django.db import models


def music_storage() -> Storage:
    """Where music is kept: with the recordings, on disk or S3."""
    return storages["recordings"]


class HoldMusic(models.Model):
    """A piece of music for waiting callers: uploaded in any usual format, kept as the telephone plays it."""

    name = models.CharField(max_length=80, unique=True)
    audio = models.FileField(storage=music_storage, upload_to="music/", max_length=200)
    licence = models.CharField(max_length=200, help_text="Who allows it to be played to callers.")
    duration_ms = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name_plural = "hold music"

    def __str__(self) -> str:
        return self.name
