"""Defects that reading one flow closely brings to light: slips of the pen, and holes in the graph."""

from __future__ import annotations

import unicodedata

from .kinds import Fault, Site, forget, kind


def _slip(site: Site, word: str) -> str:
    """The word with a letter left out, doubled or swapped with the next."""
    at = site.pick(range(1, len(word) - 1))
    return site.pick(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


@kind("mistyped-target", "FLW201 FLW004", "an arrow leads to a step or end that isn't there")
def mistyped_target(site: Site) -> Fault:
    """A letter of a target is left out, doubled or swapped with the next."""
    arrow = site.pick(arrow for arrow in site.flow.arrows if arrow.path)
    slip = _slip(site, arrow.target)
    site.need(slip not in {*site.flow.steps, *site.flow.ends})
    to = ("to",) if site.doc.has(*arrow.path, "to") else ()
    return site.fault(site.doc.set(slip, *arrow.path, *to), arrow.path)


@kind("mistyped-role", "FLW302 FLW004", "a step names a role that isn't there")
def mistyped_role(site: Site) -> Fault:
    """The same in `by` of a row."""
    path = site.flow.path(site.pick(site.flow.steps))
    slip = _slip(site, site.doc.data(*path, "by"))
    site.need(slip not in site.good.roles)
    return site.fault(site.doc.set(slip, *path, "by"), path, (*path, "by"))


@kind("division-as-holder", "FLW310", "a step is held by a division: nobody in it can be named")
def division_holder(site: Site) -> Fault:
    """`by` becomes the division where the role sits (R62)."""
    step = site.pick(name for name in site.flow.steps if site.party(name) == "agency")
    path = site.flow.path(step)
    seat = site.good.seat(site.flow.steps[step]["by"], site.flow.head["division"])
    return site.fault(site.doc.set(seat, *path, "by"), path)


@kind("unknown-key", "FLW002", "a key is mistyped and means nothing")
def unknown_key(site: Site) -> Fault:
    """The same slip in a key of a row or the head."""
    path = site.flow.path(site.pick(site.flow.steps))
    rows = [(*path, key) for key in site.doc.keys(*path) if key not in ("by",) and len(key) > 3]
    heads = [(key,) for key in ("supplement_window", "result", "archetype", "confidence", "fee") if site.doc.has(key)]
    place = site.pick((site.pick(rows or heads), site.pick(heads)))
    slip = _slip(site, place[-1])
    site.need(slip != place[-1])
    doc = site.doc.rename(slip, *place)
    return site.fault(doc, (*place[:-1], slip))


@kind("missing-key", "FLW003 FLW103", "a key that every flow must have is missing")
def missing_key(site: Site) -> Fault:
    """A needed key of the head is dropped; shown where the file's table begins."""
    key = site.pick(
        ("field", "division", "online_level", "interconnected", "clock_policy", "effective", "issued_by", "legal_basis")
    )
    return site.fault(site.doc.drop(key), (site.doc.keys()[0],))


@kind("missing-holder", "FLW301", "a step doesn't say who holds it")
def missing_holder(site: Site) -> Fault:
    """`by` of a row is dropped."""
    path = site.flow.path(site.pick(site.flow.steps))
    return site.fault(site.doc.drop(*path, "by"), path)


@kind("duplicate-key", "FLW007", "a key, or a step, is written twice")
def duplicate_key(site: Site) -> Fault:
    """The line of a head key, or a row, is repeated; YAML readers take the last in silence."""
    if site.rng.random() < 0.5:
        key = site.pick(("deadline", "division", "field", "clock_policy", "online_level", "version", "issued_by"))
        line = site.doc.line(key)
        doc = site.doc.after(site.doc.written(key), key)
    else:
        path = site.flow.path(site.pick(list(site.flow.steps)[: site.flow.main]))
        line = site.doc.line(*path)
        doc = site.doc.after(site.doc.written(*path), *path)
    second = line + len(doc.text.splitlines()) - len(site.doc.text.splitlines())
    return Fault({site.file: doc.text}, frozenset({(site.file, line), (site.file, second)}))


@kind("unreachable-step", "FLW202", "no way leads to a step")
def unreachable(site: Site) -> Fault:
    """A new row aside nobody leads to, or the only arrow to a row aside leads to an end."""
    targets = [arrow.target for arrow in site.flow.arrows]
    only = [a for a in site.flow.arrows if a.path and targets.count(a.target) == 1 and a.target in site.flow.aside()]
    if only and site.rng.random() < 0.5:
        arrow = site.pick(only)
        to = ("to",) if site.doc.has(*arrow.path, "to") else ()
        other = site.pick(name for name, of in site.flow.ends.items() if of in ("stopped", "withdrawn"))
        doc = site.doc.set(other, *arrow.path, *to)
        return site.fault(doc, site.flow.path(arrow.target))
    target = site.pick(list(site.flow.steps)[2 : site.flow.main])
    time = "within: 4wh" if site.flow.head["deadline"] != "none" else "clock: none"
    row = f"{{by: chuyen-vien, {time}, title: Kiểm tra thêm, then: {{chuyen: {target}}}}}"
    return site.fault(site.doc.put("kiem-tra-them", row, "aside"), ("aside", "kiem-tra-them"))


@kind("dead-end", "FLW203", "no end can be reached from a step")
def dead_end(site: Site) -> Fault:
    """`then` and `at-limit` of the last row, or of a row aside, are dropped."""
    site.need(not site.flow.at_due)  # silence would end it
    last = list(site.flow.steps)[site.flow.main - 1 :]
    step = site.pick(name for name in last if site.doc.has(*site.flow.path(name), "then"))
    path = site.flow.path(step)
    doc = site.doc.drop(*path, "then")
    for action in site.doc.keys(*path, "at-limit"):
        doc = forget(doc.drop(*path, "at-limit"), f".{step}.{action}")
    gone = {arrow.target for arrow in site.flow.leaving(step)}
    kept = {arrow.target for arrow in site.flow.arrows if arrow.step != step}
    site.need(not any(name in gone - kept for name in site.flow.steps))
    return site.fault(doc, path)


@kind("same-arrow-twice", "FLW206", "two arrows of one name leave a step")
def same_arrow(site: Site) -> Fault:
    """A row gets `chuyen`, which it has unwritten, or an action of `anywhere`, to an end."""
    main = list(site.flow.steps)[: site.flow.main - 1]
    step = site.pick(name for name in main if site.doc.has(*site.flow.path(name), "then"))
    path = (*site.flow.path(step), "then")
    action = site.pick(["chuyen", *site.flow.anywhere])
    target = site.pick(end for end, of in site.flow.ends.items() if of in ("stopped", "withdrawn"))
    return site.fault(site.doc.put(action, target, *path), (*path, action), site.flow.path(step))


@kind("unused-end", "FLW205", "no arrow leads to an end")
def unused_end(site: Site) -> Fault:
    """A new end."""
    name = site.pick(("tam-dung", "chuyen-ho-so", "khong-giai-quyet"))
    kind_of = site.pick(("stopped", "withdrawn", "recorded"))
    return site.fault(site.doc.put(name, f"{{kind: {kind_of}, title: Kết thúc khác}}", "ends"), ("ends", name))


@kind("no-deadline", "FLW401", "there is no deadline, and nothing says why")
def no_deadline(site: Site) -> Fault:
    """`deadline: none` without a reason, or the reason is dropped."""
    doc = site.doc
    if doc.has("no_deadline_reason"):
        doc = forget(doc.drop("no_deadline_reason"), "no_deadline_reason")
    else:
        doc = doc.set("none", "deadline")
    return site.fault(doc, ("deadline",))


@kind("no-step-time", "FLW403", "a step whose clock runs has no time")
def no_time(site: Site) -> Fault:
    """`within` of a running step is dropped; the sum only gets smaller."""
    site.need(site.flow.head["deadline"] != "none")
    step = site.pick(n for n, row in site.flow.steps.items() if "within" in row and row.get("clock", "run") == "run")
    path = site.flow.path(step)
    return site.fault(site.doc.drop(*path, "within"), path)


@kind("no-provenance", "FLW107", "nothing says where a fact comes from")
def no_provenance(site: Site) -> Fault:
    """A name in `facts` is dropped, with its entry if it was the last."""
    facts = [(n, fact["of"]) for n, fact in enumerate(site.doc.data("facts"))]
    number, names = site.pick((n, of) for n, of in facts if all("." not in name for name in of))
    lost = site.pick(name for name in names if site.doc.has(name) or name in ("times", "arrows"))
    kept = [name for name in names if name != lost]
    doc = site.doc.drop("facts", str(number))
    if kept:
        doc = site.doc.set(f"[{', '.join(kept)}]", "facts", str(number), "of")
    return site.fault(doc, (lost,) if doc.has(lost) else ("steps",))


@kind("unknown-form", "FLW503", "a step or arrow names a form by an id that isn't in the table of forms")
def unknown_form(site: Site) -> Fault:
    """A slip in a form's id, so that it is neither in the table nor a paper named in words."""
    step = site.pick(name for name in site.flow.steps if not site.doc.has(*site.flow.path(name), "forms"))
    path = site.flow.path(step)
    slip = _slip(site, "phieu-kiem-soat")
    site.need(slip != "phieu-kiem-soat")
    doc = site.doc.put("forms", f"[giay-tiep-nhan, phieu-bo-sung, phieu-tu-choi, {slip}]", *path)
    return site.fault(doc, path, (*path, "forms"))


@kind("untitled-step", "FLW504", "a step has no title, neither in the flow nor among the shared words")
def untitled(site: Site) -> Fault:
    """A row aside gets another id, everywhere in the flow, that has no shared words."""
    site.need(site.flow.aside())
    arrow = site.pick(
        a for a in site.flow.arrows if a.path and a.target in site.flow.aside() and a.step in site.flow.aside()
    )
    new = f"{arrow.target}-{site.pick(('hai', 'moi', 'b'))}"
    doc = site.doc.text.replace(f"{arrow.target}:", f"{new}:").replace(f": {arrow.target}", f": {new}")
    site.need(not site.doc.has("aside", arrow.target, "title"))
    doc = (
        doc.replace(f".{arrow.target}.", f".{new}.")
        .replace(f".{arrow.target},", f".{new},")
        .replace(f".{arrow.target}]", f".{new}]")
    )
    changed = site.doc.__class__(doc)
    site.need(changed.has("aside", new))
    return site.fault(changed, ("aside", new))


@kind("wrong-file-name", "FLW102", "the file's name isn't that of its field, code and version")
def wrong_name(site: Site) -> Fault:
    """The file is renamed."""
    name = site.pick((site.file.replace(".v1.", ".v2."), site.file.replace("-", "-0"), site.file.replace(".v1", "")))
    return Fault({site.file: None, name: site.doc.text}, frozenset({(name, site.doc.line("code"))}), site.file)


@kind("same-version-twice", "FLW101", "two files hold one version of a procedure")
def same_version(site: Site) -> Fault:
    """The file is copied under another name."""
    name = site.pick(
        (site.file.replace(".v1.", ".v1b."), site.file.replace(".v1.", ".v1-sua."), "sao/" + site.file.split("/")[1])
    )
    places = {(file, site.doc.line("code")) for file in (name, site.file)}
    return Fault({name: site.doc.text}, frozenset(places), site.file)


@kind("unknown-field", "FLW106", "the field, division or authority of the head isn't in `_org.yaml`")
def unknown_field(site: Site) -> Fault:
    """A slip in `division` or `decided_by`."""
    key = site.pick(("division", "decided_by"))
    slip = _slip(site, site.flow.head[key] + "x")
    return site.fault(site.doc.set(slip, key), (key,))


@kind(
    "not-nfc",
    "FLW005",
    "a letter is written with a combining accent (NFD): it looks the same and is found by no search",
)
def decomposed(site: Site) -> Fault:
    """One line is written in NFD; shown there, or where the text begins that the line belongs to."""
    lines = site.doc.text.splitlines(keepends=True)
    spoilt = [
        n
        for n, line in enumerate(lines)
        if not line.lstrip().startswith("#") and _split(line.partition(" #")[0]) != line.partition(" #")[0]
    ]
    at = site.pick(spoilt)
    kept, mark, comment = lines[at].partition(" #")
    lines[at] = _split(kept) + mark + comment
    return Fault({site.file: "".join(lines)}, frozenset({(site.file, at + 1), (site.file, site.doc.begins(at + 1))}))


def _split(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@kind("tab", "FLW001", "a line is indented with a tab, which YAML forbids")
def tab(site: Site) -> Fault:
    """The spaces before a row become a tab."""
    lines = site.doc.text.splitlines(keepends=True)
    rows = [
        n for n, line in enumerate(lines) if line.startswith("  ") and line.split(":")[0].strip() in site.flow.steps
    ]
    at = site.pick(rows)
    lines[at] = "\t" + lines[at].lstrip()
    return Fault({site.file: "".join(lines)}, frozenset({(site.file, at + 1)}))


@kind("bad-value", "FLW004", "a value isn't of the kind its key needs")
def bad_value(site: Site) -> Fault:
    """A term without a unit, 30 February, level 5, `có` for `yes`, a policy or status that isn't there."""
    slips = {
        "deadline": ("15", "15 ngày", "-3wd"),
        "effective": ("{from: 2020-02-30}", "21/10/2020"),
        "online_level": ("5", "ba"),
        "interconnected": ("có", "maybe"),
        "clock_policy": ("stop", "dung"),
        "status": ("final", "ban-hanh"),
    }
    key = site.pick(slips)
    return site.fault(site.doc.set(site.pick(slips[key]), key), (key,))


@kind("intake-refusal-elsewhere", "FLW208", "a later step leads to 'not accepted', which only the first may")
def late_intake_refusal(site: Site) -> Fault:
    """A later row of the main path gets `khong-tham-quyen` to the end of dossiers that never came in."""
    end = site.pick(name for name, of in site.flow.ends.items() if of == "refused-intake")
    steps = [n for n in list(site.flow.steps)[1 : site.flow.main - 1] if site.doc.has(*site.flow.path(n), "then")]
    path = (*site.flow.path(site.pick(steps)), "then")
    return site.fault(site.doc.put("khong-tham-quyen", end, *path), (*path, "khong-tham-quyen"))
