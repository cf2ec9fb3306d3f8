"""A text file in any encoding becomes UTF-8."""

import gzip
from pathlib import Path

import pytest

from mlp.datasets import DatasetError
from mlp.datasets.own import encoding as module
from mlp.datasets.own.encoding import guess_encoding, plain_text
from mlp.datasets.own.plan import Dialect
from mlp.datasets.own.preview import preview_table
from mlp.datasets.own.tables import TableReader

GERMAN = "Größe;Stadt;class\n1,5;Köln;A\n2,5;Gießen;B\n3,5;Köln;A\n"
SPANISH = "año,ciudad\n1,España\n2,Perú\n3,Cádiz\n"
FRENCH = "prénom,ville\nHélène,Orléans\nZoë,Besançon\n"
POLISH = "imię;miasto\nŁukasz;Łódź\nŻaneta;Kraków\nPaweł;Poznań\n"
RUSSIAN = "имя;город;класс\nИван;Москва;да\nАнна;Омск;нет\n"
GREEK = "όνομα,πόλη\nΝίκος,Αθήνα\n"
JAPANESE = "名前,都市\n太郎,東京\n花子,大阪\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (SPANISH, "cp1252"),
        (FRENCH, "cp1252"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (GREEK, "cp1253"),
        (JAPANESE, "shift_jis"),
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (JAPANESE, "utf-8"),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_text_is_read_whatever_its_encoding_is(tmp_path: Path, text: str, encoding: str, packed: bool) -> None:
    file, folder = tmp_path / "file.csv", tmp_path / "folder"
    folder.mkdir()
    content = text.encode(encoding)
    file.write_bytes(gzip.compress(content) if packed else content)
    found = plain_text(file, folder, file.name)
    assert found.path.read_text("utf-8-sig") == text
    assert found.size == len(text.encode())


def test_utf_8_is_not_copied(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text(GERMAN, "utf-8")
    assert plain_text(file, tmp_path, file.name).path == file


def test_a_preview_and_its_reader_agree_on_the_encoding(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(GERMAN.encode("cp1252"))
    preview = preview_table(file)
    assert preview.dialect == Dialect(delimiter=";", decimal=",", encoding="cp1252")
    assert [column.name for column in preview.columns] == ["Größe", "Stadt", "class"]
    with TableReader(file, preview.dialect, numbers=["Größe"], texts=["Stadt"]) as table:
        assert table.numbers("Größe").tolist() == [1.5, 2.5, 3.5]
        assert table.texts("Stadt")[1] == ("Gießen", "Köln")


def test_a_file_that_begins_with_ascii_alone(tmp_path: Path) -> None:
    """The preview saw no umlaut, and called it UTF-8."""
    file, folder = tmp_path / "file.csv", tmp_path / "folder"
    folder.mkdir()
    text = "a,b\n" + "1,x\n" * 500_000 + "2,Köln\n3,Gießen\n"
    file.write_bytes(text.encode("cp1252"))
    found = plain_text(file, folder, file.name, "utf-8")
    assert (found.path.read_text("utf-8"), found.encoding) == (text, "cp1252")


def test_a_character_may_lie_across_two_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 7)
    file, folder = tmp_path / "file.csv", tmp_path / "folder"
    folder.mkdir()
    file.write_text(JAPANESE, "utf-16")
    assert plain_text(file, folder, file.name).path.read_text("utf-8") == JAPANESE
    file.write_text(JAPANESE, "utf-8")
    assert plain_text(file, folder, file.name).encoding == "utf-8"


def test_a_beginning_ends_with_a_complete_line(tmp_path: Path) -> None:
    file, folder = tmp_path / "file.csv", tmp_path / "folder"
    folder.mkdir()
    file.write_text("a,b\n" + "1,2\n" * 100)
    found = plain_text(file, folder, file.name, most=42)
    assert found.path.read_text() == "a,b\n" + "1,2\n" * 9
    assert found.size == 40
    assert found.share == pytest.approx(42 / 404)
    assert plain_text(file, folder, file.name, most=404).share == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_long_lines_are_refused_wherever_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(module, "CHUNK", 64)
    monkeypatch.setattr(module, "LONGEST_LINE", 100)
    file = tmp_path / "file.csv"
    for before in range(0, 120, 17):
        lines = ["x" * (before % 40), "y" * 98, "z" * 30]
        file.write_bytes(end.join(lines).encode())
        plain_text(file, tmp_path, file.name)
        file.write_bytes(end.join([lines[0], "y" * 102, lines[2]]).encode())
        with pytest.raises(DatasetError, match="has a line of more than 100 bytes, the longest allowed"):
            plain_text(file, tmp_path, file.name)


def test_a_gzip_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 1 << 20)
    file, folder = tmp_path / "file.csv.gz", tmp_path / "folder"
    folder.mkdir()
    file.write_bytes(gzip.compress(b"1,2\n" * (1 << 20)))
    with pytest.raises(DatasetError, match="of text\\. Import a part of it"):
        plain_text(file, folder, file.name)


def test_an_encoding_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="There is no encoding 'klingon'"):
        plain_text(file, tmp_path, file.name, "klingon")


def test_letters_of_central_europe_are_told_from_western_ones_by_their_words() -> None:
    czech = "jméno;město;poznámka\nJiří;Plzeň;byl jednou jeden král a měl tři syny\nŠárka;Ústí;kočka leze dírou\n" * 3
    assert guess_encoding(czech.encode("cp1250")) == "cp1250"


@pytest.mark.parametrize(
    "text",
    [
        "Größe (m²);Preis",
        "Volumen m³;München",
        "ville;région;m³\nOrléans;Centre;12",
        "µg/m³;Höhe",
        "preis £;Größe",
        "cost £;y\n£3;4",
        "½;¼\n1;2",
        "£m;Naïve",
        "½ Größe",
        "ciudad;año;superficie m²\nMálaga;2020;12",
        "¿Cuántos años?;año",
        "área;São Paulo",
        "área (m²);São Paulo",
        "1º;São;3ª",
        "descrição;região m²",
        "m²",
    ],
)
def test_signs_beside_words_and_few_accents_are_western(text: str) -> None:
    assert text.encode("cp1252").decode(guess_encoding(text.encode("cp1252"))) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("miasto;rok\nWrocław;3", "cp1250"),
        ("imię\nPaweł\nMichał", "cp1250"),
        ("név;hely\nÁrvíztűrő;tükörfúrógép\nőszi;hűvös\naz idő és a nő;hogy volt\n", "cp1250"),
        ("城市;人口\n北京;2154\n上海;3333\n广州;33", "gb18030"),
        ("年份;城市\n2020年;臺北\n2021年;高雄", "big5"),
        ("データ;キー\nメモ;ノート", "shift_jis"),
        ("サイズ;T型\nM号;x座標", "shift_jis"),
        ("이름;나이\n서울;33", "cp949"),
    ],
)
def test_signs_within_words_and_pairs_of_bytes_are_not(text: str, encoding: str) -> None:
    assert text.encode(encoding).decode(guess_encoding(text.encode(encoding))) == text
