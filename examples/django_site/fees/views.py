"""One view that writes the site's own table and moves a dossier: both, or neither."""

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fees.flow import ENGINE
from fees.models import Fee
from flowiso import Conflict, FlowISOError


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> JsonResponse:
    """A dossier handed in at the desk with its fee, and passed on at once."""
    by, asked = request.headers["X-Account"], request.POST
    try:
        with transaction.atomic():
            engine = ENGINE.within(connection)
            dossier = engine.receive(asked["code"], by=by)
            dossier = engine.move(dossier, "chuyen", by=by, to=asked["to"])
            Fee.objects.create(dossier=dossier.number, amount=int(asked["amount"]))
    except FlowISOError as error:  # outside of the transaction, which is undone by now
        return JsonResponse(
            {"code": error.code, "message": str(error)}, status=409 if isinstance(error, Conflict) else 422
        )
    return JsonResponse({"number": dossier.number, "holder": dossier.holder}, status=201)
