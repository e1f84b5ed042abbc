"""The only address of the site."""

from django.urls import path

from fees.views import receive

urlpatterns = [path("dossiers", receive)]
