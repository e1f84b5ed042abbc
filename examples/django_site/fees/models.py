"""The site's own table: fees that were paid for dossiers."""

from django.db import models


class Fee(models.Model):
    """A fee paid at the desk, in đồng."""

    dossier = models.CharField(max_length=40)
    amount = models.PositiveIntegerField()
