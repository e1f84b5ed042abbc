"""One view that writes the site's own table and moves a dossier: both, or neither.

curl http://localhost:8000/dossiers -H 'X-Account: lan.vp' -d 'code=LTHH-13&to=ha.qltm&amount=100000'
"""

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fees.flow import ENGINE
from fees.models import Fee
from flowiso import CalendarUnknown, Conflict, FlowISOError, StoreError

STATUS = {Conflict: 409, CalendarUnknown: 503, StoreError: 503}
"""Whatever else is refused is 422."""


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
        status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 422)
        return JsonResponse({"code": error.code, "message": str(error)}, status=status)
    return JsonResponse({"number": dossier.number, "holder": dossier.holder}, status=201)
