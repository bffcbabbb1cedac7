"""Languages: told by script and small words, never from a few words; what is lacking for them is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from karmalink.account import LANGUAGES, language_of, languages_in, read_accounts
from karmalink.account.language.languages import PARTS, languages_in_words
from karmalink.account.language.negation import denied_spans
from karmalink.account.language.words import STOP_WORDS
from karmalink.cli import app

# One scene in each language, in ordinary sentences.
SCENES = {
    "en": "I was walking along the river and then I saw my brother in a boat. He waved at me but I could not move.",
    "de": "Ich ging am Fluss entlang und dann sah ich meinen Bruder in einem Boot. Er winkte mir, aber ich konnte mich "
    "nicht bewegen.",
    "fr": "Je marchais le long de la rivière et puis j'ai vu mon frère dans un bateau. Il me faisait signe mais je ne "
    "pouvais pas bouger.",
    "es": "Caminaba por la orilla del río y entonces vi a mi hermano en una barca. Me saludaba, pero yo no podía.",
    "it": "Camminavo lungo il fiume e poi ho visto mio fratello in una barca. Mi salutava ma io non riuscivo.",
    "pt": "Eu caminhava ao longo do rio e então vi o meu irmão num barco. Ele acenava para mim mas eu não conseguia.",
    "nl": "Ik liep langs de rivier en toen zag ik mijn broer in een boot. Hij zwaaide maar ik kon niet bewegen.",
    "sv": "Jag gick längs floden och då såg jag min bror i en båt. Han vinkade till mig men jag kunde inte röra mig.",
    "da": "Jeg gik langs floden, og så så jeg min bror i en båd. Han vinkede til mig, men jeg kunne ikke bevæge mig.",
    "no": "Jeg gikk langs elven, og så så jeg broren min i en båt. Han vinket til meg, men jeg kunne ikke røre meg av "
    "stedet.",
    "fi": "Kävelin joen rantaa ja sitten näin veljeni veneessä. Hän vilkutti mutta en voinut liikkua, kun oli pimeä.",
    "pl": "Szedłem wzdłuż rzeki i wtedy zobaczyłem mojego brata w łodzi. Machał do mnie, ale nie mogłem się ruszyć.",
    "cs": "Šel jsem podél řeky a pak jsem uviděl svého bratra na lodi. Mával na mě, ale já jsem se nemohl pohnout.",
    "hu": "A folyó mentén sétáltam, és akkor megláttam a bátyámat egy csónakban. Integetett nekem, de nem tudtam.",
    "ro": "Mergeam de-a lungul râului și apoi l-am văzut pe fratele meu într-o barcă. Îmi făcea semn, dar nu puteam.",
    "tr": "Nehir boyunca yürüyordum ve sonra kardeşimi bir kayıkta gördüm. Bana el salladı ama ben hareket edemedim.",
    "id": "Saya berjalan di tepi sungai dan kemudian saya melihat adik saya di perahu. Dia melambai, tetapi saya tidak "
    "bergerak.",
    "vi": "Tôi đi dọc bờ sông và rồi tôi thấy anh tôi trong một chiếc thuyền. Anh vẫy tay nhưng tôi không đi được.",
    "km": "ខ្ញុំដើរតាមមាត់ទន្លេ ហើយឃើញបងប្រុសនៅក្នុងទូក។",
    "th": "ฉันเดินไปตามแม่น้ำ แล้วเห็นพี่ชายในเรือ",
    "lo": "ຂ້ອຍຍ່າງຕາມແມ່ນ້ຳ",
    "my": "ကျွန်တော် မြစ်ကမ်းတလျှောက် လျှောက်သွားတယ်။",
    "zh": "我沿着河走，看见我哥哥在船上。",
    "ja": "川に沿って歩いていたら、兄が舟に乗っていた。",
    "ko": "강을 따라 걷다가 배에 탄 형을 보았다.",
    "hi": "मैं नदी के किनारे चल रहा था।",
    "bn": "আমি নদীর ধারে হাঁটছিলাম।",
    "ta": "நான் ஆற்றங்கரையில் நடந்தேன்.",
    "ar": "كنت أمشي على طول النهر ثم رأيت أخي في قارب.",
    "fa": "کنار رودخانه راه می‌رفتم و برادرم را دیدم. چه شبی",
    "he": "הלכתי לאורך הנהר וראיתי את אחי בסירה.",
    "el": "Περπατούσα δίπλα στο ποτάμι και είδα τον αδελφό μου.",
    "ru": "Я шёл вдоль реки и увидел брата в лодке.",
    "uk": "Я йшов уздовж річки і побачив брата в човні.",
}


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_language_of_a_scene(code: str) -> None:
    assert language_of(SCENES[code]) == code


@pytest.mark.parametrize(
    "text", ["", "!!! …", "A boat.", "Snow and ice", "12 34 56", "Phnom Penh Battambang Kampot Kep Siem"]
)
def test_language_of_a_few_words_stays_untold(text: str) -> None:
    assert language_of(text) == ""


@given(st.text(max_size=400))
def test_language_of_any_text_is_a_known_tag_or_none(text: str) -> None:
    assert language_of(text) in {"", *LANGUAGES}


def test_what_is_lacking_is_what_the_modules_lack() -> None:
    assert LANGUAGES["en"].small <= STOP_WORDS
    assert not LANGUAGES["en"].lacks
    # Denials are known where the table says so: the last word of each is denied.
    for code, text in {"zh": "那里没有狗", "th": "ไม่มีหมา", "km": "គ្មានឆ្កែ", "ja": "犬はいません"}.items():
        assert "denials" not in LANGUAGES[code].lacks
        assert denied_spans(text)
    assert not denied_spans("Da war kein Hund")
    assert "denials" in LANGUAGES["de"].lacks
    assert "names" in LANGUAGES["de"].lacks and "names" not in LANGUAGES["fr"].lacks
    assert all(set(one.lacks) <= set(PARTS) for one in LANGUAGES.values())


def test_languages_in_words_says_nothing_of_english_and_names_every_gap_else() -> None:
    english, german = languages_in([SCENES["en"]] * 3), languages_in([SCENES["de"], SCENES["de"], "Ja."])
    assert languages_in_words(english) == []
    assert languages_in_words() == []
    lines = languages_in_words(english, german)
    assert lines[0] == "Language: English (3 texts), German (2 texts); of 1 text not told."
    assert lines[1] == "Lacking for German:"
    assert len(lines) == 2 + len(PARTS)


def test_accounts_without_a_tag_have_the_language_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = ["a,P,2024-05-01,gregorian,,{}", "b,P,2024-05-01,gregorian,,Ja.", "c,P,2024-05-01,gregorian,fr,{}"]
    scene = f'"{SCENES["de"]}"'
    path.write_text("id,person,date,calendar,language,text\n" + "\n".join(rows).format(scene, scene), encoding="utf-8")
    assert [one.language for one in read_accounts(path)] == ["de", "en", "fr"]


def test_check_says_what_is_lacking(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'id,person,date,calendar,text\na,P,2024-05-01,gregorian,"{SCENES["de"]}"\n', encoding="utf-8")
    said = CliRunner().invoke(app, ["account", "check", str(path)]).stdout
    assert "Language: German (1 text)." in said
    assert "  denials: what is denied counts as if it were said" in said
    path.write_text(f'id,life,date,calendar,text\na,l,2024-05-01,gregorian,"{SCENES["km"]}"\n', encoding="utf-8")
    said = CliRunner().invoke(app, ["account", "check", str(path)]).stdout
    assert "Lacking for Khmer:" in said
    assert "denials" not in said
