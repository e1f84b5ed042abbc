"""The site's own table, and the store's tables beside it."""

from django.db import migrations, models

from fees.flow import ENGINE


def make_store(apps, schema_editor):
    """In Django's own migration and its transaction."""
    ENGINE.within(schema_editor.connection, create=True)


class Migration(migrations.Migration):
    operations = (
        migrations.CreateModel(
            name="Fee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dossier", models.CharField(max_length=40)),
                ("amount", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunPython(make_store, migrations.RunPython.noop),
    )
