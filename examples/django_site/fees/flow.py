"""The one engine of the site: flows are read and checked once, when Django starts."""

from django.conf import settings

import flowiso

ENGINE = flowiso.open(**settings.FLOWISO)
