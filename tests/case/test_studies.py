"""Studies, procedures and drugs: what belongs to which, and what is another one."""

from __future__ import annotations

from app.case.model import (
    Basis,
    MedicationStatus,
    ProblemCategory,
    ProcedureStatus,
)
from app.narrative.mentions import Assertion, Mode, Presence
from tests.case.marked import assemble, quotes


def test_a_finding_of_an_image_is_linked_both_ways() -> None:
    case = assemble("[test#ct:CT] showed [symptom#f:ground-glass opacities].", "seen-in f ct")
    (study,), (finding,) = case.imaging, case.problems
    assert study.findings == (finding.id,)
    assert finding.seen_in == (study.id,)
    assert finding.basis is Basis.IMAGING
    assert finding.category is ProblemCategory.FINDING
    assert study.modality[0].codes[0].code == "CT"


def test_a_legend_adds_to_the_study_that_it_shows() -> None:
    case = assemble(
        "[test#a:CT] of the [site#s:abdomen] was normal.\n"
        "legend> Axial contrast-enhanced [test#b:CT] image of the [site#t:abdomen].",
        "site a s\nsite b t",
    )
    (study,) = case.imaging
    assert [(e.start, e.end) for e in study.evidence] == [
        (0, 2),
        (0, 17),
        (54, 56),
        (54, 77),
    ]
    assert study.contrast is not None
    assert [p.text for p in study.plane] == ["axial"]


def test_what_is_named_by_its_look_is_where_the_study_was_made() -> None:
    case = assemble(
        "[test#a:MRI] of the [site#s:brain] showed several [symptom#f:lesions], "
        "[symptom#g:splenomegaly] and [symptom#h:cysts] of the [site#t:liver].",
        "site a s\nseen-in f a\nseen-in g a\nseen-in h a\nsite h t",
    )
    assert {p.name: [s.text for s in p.site] for p in case.problems} == {
        "lesions": ["brain"],
        "splenomegaly": [],
        "cysts": ["liver"],
    }


def test_a_specimen_is_no_place() -> None:
    case = assemble(
        "[test#a:Histology] of the [site#s:resected specimen] showed [symptom#f:inflammation].",
        "site a s\nseen-in f a",
    )
    (problem,) = case.problems
    assert problem.site == ()


def test_a_repeated_study_is_another_one() -> None:
    case = assemble("[test:CT] was done.\nA repeat [test:CT] was done.")
    assert len(case.imaging) == 2


def test_another_region_is_another_study() -> None:
    case = assemble(
        "[test#a:MRI] of the [site#s:brain].\n[test#b:MRI] of the [site#t:spine].",
        "site a s\nsite b t",
    )
    assert len(case.imaging) == 2


def test_pathology_knows_its_specimen_and_procedure() -> None:
    case = assemble(
        "The mass was [procedure:resected].\n"
        "[test#p:Pathologic examination] of the resected specimen showed [symptom#f:necrosis].",
        "seen-in f p",
    )
    (report,), (procedure,) = case.pathology, case.procedures
    assert report.procedure == procedure.id
    assert report.specimen is not None
    assert report.specimen.text == "resected specimen"
    assert case.problems[0].basis is Basis.PATHOLOGY


def test_a_biopsy_is_a_procedure() -> None:
    case = assemble("A [test:liver biopsy] was performed.")
    assert case.tests == ()
    assert len(case.procedures) == 1


def test_statuses_of_procedures() -> None:
    case = assemble(
        "[procedure#a:Surgery] was declined.\n[procedure#b:Dialysis] is planned.\n"
        "No [procedure#c:intubation] was done.\n[procedure:Drainage] was done.",
        assertions={
            "a": Assertion(mode=Mode.DECLINED),
            "b": Assertion(mode=Mode.PLANNED),
            "c": Assertion(Presence.ABSENT, Mode.NOT_DONE),
        },
    )
    assert [p.status for p in case.procedures] == [
        ProcedureStatus.DECLINED,
        ProcedureStatus.PLANNED,
        ProcedureStatus.NOT_DONE,
        ProcedureStatus.COMPLETED,
    ]


def test_a_drug_with_dose_route_frequency_and_reason() -> None:
    case = assemble(
        "[medication#m:Prednisone] [dose#d:40 mg] [route#r:orally] [frequency#f:daily] "
        "for [disease#p:sarcoidosis].",
        "dose m d\nroute m r\nfrequency m f\nreason m p",
    )
    (drug,) = case.medications
    assert drug.dose is not None
    assert drug.dose.quantity is not None
    assert (drug.route and drug.route.text, drug.frequency and drug.frequency.text) == (
        "orally",
        "daily",
    )
    assert drug.reason == (case.problems[0].id,)


def test_another_dose_is_another_statement() -> None:
    case = assemble(
        "[medication#a:Prednisone] [dose#x:40 mg].\n[medication#b:Prednisone] [dose#y:10 mg].",
        "dose a x\ndose b y",
    )
    assert len(case.medications) == 2


def test_a_stopped_drug() -> None:
    case = assemble(
        "[medication#m:Methotrexate] was stopped.", assertions={"m": Assertion(mode=Mode.STOPPED)}
    )
    assert case.medications[0].status is MedicationStatus.STOPPED


def test_of_two_doses_the_nearest_is_taken() -> None:
    case = assemble(
        "[dose#far:130 mg] in all; [medication#m:gefitinib] [dose#near:250 mg].",
        "dose m far\ndose m near",
    )
    (drug,) = case.medications
    assert drug.dose is not None
    assert drug.dose.text == "250 mg"


def test_a_study_points_at_its_words_with_the_region() -> None:
    case = assemble("A [site#s:chest] [test#t:CT] was done.", "site t s")
    assert set(quotes(case, case.imaging[0].evidence)) == {"CT", "chest CT"}
