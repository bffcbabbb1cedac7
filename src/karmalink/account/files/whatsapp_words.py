"""WhatsApp's own words, by language: halves of the day, and what it writes in a person's name.

A text is the program's only where it is exactly one of these: "my name was omitted" is a person's sentence. Words are
compared by :func:`plain_words`, without case, dots at the end and invisible marks.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = [
    "AFTERNOON",
    "FILLERS",
    "FORENOON",
    "MARKS",
    "NIGHT",
    "NOON",
    "is_program_text",
    "mark_word",
    "plain_words",
    "without_edit_mark",
]

# Marks without width: direction, joiners, the byte order mark.
MARKS = frozenset(
    "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_INVISIBLE = dict.fromkeys(map(ord, MARKS))
_DOTS = ".。।۔։!"
_IN_MARKS = re.compile(r"[\s.\"'’״׳`]")


def plain_words(text: str) -> str:
    """Return a text as it is compared: no marks, one blank between words, small letters, no dot at the end."""
    shown = " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())
    return shown.rstrip(_DOTS).rstrip().casefold()


def mark_word(text: str) -> str:
    """Return a word beside a clock as it is compared: ``p. m.`` and ``PM`` are the same."""
    return _IN_MARKS.sub("", unicodedata.normalize("NFC", text.translate(_INVISIBLE))).strip(",-–—").casefold()


def _marks(words: str) -> frozenset[str]:
    return frozenset(mark_word(word) for word in words.split("|"))


FORENOON = _marks(
    "am|a.m.|a. m.|da manhã|de la mañana|mañana|mat.|matin|vorm.|vormittags|vm.|f.m.|fm|f.h.|ap.|de.|dop.|dopoldne|"
    "dopoledne|prije podne|prijepodne|пре подне|прије подне|пр.об.|претпл.|дп|до полудня|priešpiet|priekšp.|paradite|"
    "e paradites|p.d.|yb|r.n.|π.μ.|öö|to|ү.ө.|таңкы|тң|לפנה״צ|בבוקר|ص|صباحًا|صباحا|ق.ظ.|قبل‌ازظهر|قبل از ظهر|قبل دوپہر|"
    "غ.م.|ب.ن|पूर्वाह्न|सुबह|म.पू.|পূর্বাহ্ণ|পূর্বাহ্ন|সকাল|ਪੂ.ਦੁ.|முற்பகல்|ಪೂರ್ವಾಹ್ನ|පෙ.ව.|ព្រឹក|"
    "ពេលព្រឹក|ก่อนเที่ยง|ກ່ອນທ່ຽງ|နံနက်|sa|pg|上午|凌晨|清晨|早上|早晨|午前|오전|새벽|아침|ጥዋት|asubuhi|sf|gh"
)
AFTERNOON = _marks(
    "pm|p.m.|p. m.|da tarde|de la tarde|tarde|soir|nachm.|nachmittags|nm.|e.m.|em|e.h.|ip.|du.|odp.|pop.|popoldne|"
    "odpoledne|po podne|popodne|по подне|послије подне|поподне|сл.об.|попл.|пп|після полудня|popiet|pēcp.|pasdite|"
    "e pasdites|m.d.|yh|i.n.|μ.μ.|ös|tk|ү.х.|түштөн кийинки|тк|אחה״צ|בערב|م|مساءً|مساء|ب.ظ.|بعدازظهر|بعد از ظهر|"
    "بعد دوپہر|شام|غ.و.|د.ن|अपराह्न|दोपहर|शाम|म.उ.|অপরাহ্ণ|অপরাহ্ন|বিকাল|ਬਾ.ਦੁ.|பிற்பகல்|ಅಪರಾಹ್ನ|ප.ව.|ល្ងាច|រសៀល|ពេលល្ងាច|"
    "ពេលរសៀល|หลังเที่ยง|ຫຼັງທ່ຽງ|ညနေ|ch|ptg|下午|晚上|傍晚|午後|오후|저녁|ከሰዓት|mchana|jioni|ym|gd"
)
NOON = _marks("noon|中午|正午|낮|ថ្ងៃត្រង់|เที่ยง|trưa|mediodía|meio-dia")
NIGHT = _marks("night|रात|রাত|夜|夜中|深夜|半夜|밤|យប់|ពេលយប់|đêm|gece|noche|noite|usiku|ليلاً|ليلا|شب|رات")
# Words between a date and a clock, and behind a clock, that say nothing.
FILLERS = _marks("|klo|kl|à|às|a las|at|um|om|alle|la|lúc|г|год|ч|uhr|h|น|u|시|分|분|ora|orë")

# "<Media omitted>" of Android, and pictures, sounds … that iOS leaves out, by language.
_LEFT_OUT = """
media omitted|image omitted|video omitted|audio omitted|sticker omitted|gif omitted|document omitted
contact card omitted|video note omitted|view once voice message omitted|photo omitted|media weggelaat
medien ausgeschlossen|medien weggelassen|bild weggelassen|video weggelassen|audio weggelassen
sticker weggelassen|gif weggelassen|dokument weggelassen|kontaktkarte ausgelassen|videonachricht weggelassen
multimedia omitido|archivo omitido|imagen omitida|video omitido|audio omitido|sticker omitido|gif omitido
documento omitido|tarjeta de contacto omitida|médias omis|fichier omis|image absente|vidéo absente
audio omis|sticker omis|gif retiré|document manquant|fiche contact manquante|media omessi|media omesso
immagine omessa|video omesso|audio omesso|sticker non incluso|gif esclusa|documento omesso
scheda contatto omessa|mídia oculta|mídia omitida|arquivo de mídia oculto|imagem ocultada|vídeo omitido
áudio ocultado|figurinha omitida|cartão do contato omitido|ficheiro não revelado|imagem não revelada
vídeo não revelado|sticker não revelado|ficheiro de áudio não revelado|gif não revelada
documento não revelado|contacto não revelado|media weggelaten|afbeelding weggelaten|video weggelaten
audio weggelaten|sticker weggelaten|gif weggelaten|document weggelaten|visitekaartje weggelaten
media utelämnat|media har utelämnats|bild utesluten|video utesluten|ljud utelslutet|sticker utesluten
gif utesluten|dokument uteslutet|kontaktkort uteslutet|medier udeladt|mediefil udeladt|billede udeladt
video udeladt|lyd udeladt|klistermærke udeladt|gif udeladt|dokument udeladt|kontaktkort udeladt
media utelatt|uten vedlegg|bilde ikke inkludert|video utelatt|lyd utelatt|klistremerke utelatt|gif utelatt
utelatt dokument|media jätettiin pois|media jätetty pois|ei kuvaa|videota ei sisällytetä
äänitiedostoa ei sisällytetä|dokumenttia ei sisällytetä|pominięto multimedia|pliki pominięto|obraz pominięty
wideo pominięte|audio pominięte|pominięto naklejkę|plik gif pominięty|dokument pominięty
pominięta wizytówka kontaktu|média vynechány|média vynechána|obrázek vynechán|video vynecháno
zvukový soubor vynechán|nálepka vynechána|gif vynechán|dokument vynechán|vizitka vynechána|médiá vynechané
obrázok vynechaný|video vynechané|zvuk vynechaný|nálepka vynechaná|gif vynechaný|dokument vynechaný
hiányzó médiafájl|média elhagyva|kép kihagyva|videó kihagyva|hang kihagyása|matrica kihagyva
dokumentum kihagyva|conținut media omis|fișier media omis|imagine omisă|clip video omis|fără audio|gif omis
document omis|без медиафайлов|файл пропущен|изображение отсутствует|видео отсутствует|аудиофайл отсутствует
стикер не добавлен|gif отсутствует|документ отсутствует|карточка контакта отсутствует|медіа пропущено
медіафайл пропущено|без медіафайлів|зображення відсутнє|відео відсутнє|аудіо відсутнє|документ пропущено
без файл|без фајл|медији су изостављени|medijski zapis izostavljen|slika izostavljena|video izostavljen
zvuk izostavljen|naljepnica izostavljena|gif izostavljen|dokument izostavljen|datoteke izpuščene
medij izpuščen|εξαίρεση πολυμέσων|αρχείο παραλήφθηκε|εικόνα παραλείφθηκε|βίντεο παραλείφθηκε
ήχος παραλείφθηκε|αυτοκόλλητο παραλήφθηκε|έγγραφο παραλείφθηκε|medya dahil edilmedi|medya atlanmış
görüntü dahil edilmedi|video dahil edilmedi|ses dahil edilmedi|çıkartma dahil edilmedi|gif dahil edilmedi
belge dahil edilmedi|kişi kartı dahil edilmedi|media buraxıldı|fayl o‘tkazib yuborildi|файлдар қосылмаған
תמונה הושמטה|התמונה הושמטה|המדיה לא נכללה|מדיה הושמטה|המדיה הושמטה|סרטון הווידאו הושמט|קטע קול הושמט
סטיקר הושמט|gif הושמט|מסמך הושמט|כרטיס איש קשר הושמט|تم استبعاد الوسائط|لم يتم إدراج الصورة
لم يتم إدراج الفيديو|لم يتم إدراج الفيديوهات|لم يتم إدراج المقاطع الصوتية|تم حذف الملصقات
لم يتم إدراج صورة gif|لم يتم إدراج المستند|رسانه حذف شد|تصویر حذف شد|ویدیو حذف شد|صدا حذف شد|استیکر حذف شد
سند حذف شد|میڈیا چھوڑ دیا گیا|میڈیا ہٹا دیا گیا|मीडिया के बिना|फ़ोटो हटाई गई|वीडियो छोड़ा गया|ऑडियो हटाई गयी
स्टिकर छोड़ा गया|gif छोड़ा गया|डॉक्यूमेंट छोड़ा गया|मीडिया वगळले|মিডিয়া বাদ দেওয়া হয়েছে
ইমেজ বাদ দেওয়া হয়েছে|மீடியா விடப்பட்டது|கோப்புகள் விடப்பட்டன|మీడియా విస్మరించబడింది|ಮಾಧ್ಯಮ ಕೈಬಿಡಲಾಗಿದೆ
മീഡിയ ഒഴിവാക്കി|media tidak disertakan|gambar tidak disertakan|video tidak disertakan|audio tidak disertakan
stiker tidak disertakan|gif tidak disertakan|dokumen tidak disertakan|kartu kontak tidak disertakan
media disingkirkan|media dikecualikan|imej tidak dimasukkan|video tidak dimasukkan|bỏ qua tệp phương tiện
bỏ qua media|đã bỏ qua hình ảnh|đã bỏ video|bỏ qua tệp âm thanh|đã bỏ sticker|đã bỏ qua tài liệu
ไฟล์สื่อถูกลบ|สื่อถูกลบ|ไม่มีรูปภาพ|วิดีโอถูกลบ|ไม่มีไฟล์เสียง|ไม่มีสติกเกอร์|ບໍ່ລວມມີເດຍ|省略多媒体文件
媒体省略|忽略多媒體檔|省略多媒體檔案|照片已忽略|图像已忽略|圖像已省略|圖片已略去|视频已忽略|影片已略去
影片已省略|音频已忽略|音訊已略去|贴图已省略|貼圖已略去|文档已省略|文件已略去|メディアは含まれていません
メディアなし|画像は含まれていません|ビデオは含まれていません|音声は含まれていません
スタンプは含まれていません|gifは含まれていません|ドキュメントは含まれていません|미디어 파일 제외됨
미디어 파일을 생략한 대화내용|이미지 생략됨|비디오 생략됨|오디오 생략됨|스티커 제외됨|gif 생략됨|문서 생략됨
연락처 카드 생략됨|walang kalakip na media|media hazijajumuishwa|media imerukwa
"""

# A message that is no longer there, or not yet.
_DELETED = """
this message was deleted|you deleted this message|message deleted|diese nachricht wurde gelöscht
du hast diese nachricht gelöscht|se eliminó este mensaje|eliminaste este mensaje|este mensaje fue eliminado
este mensaje se eliminó|ce message a été supprimé|vous avez supprimé ce message|tu as supprimé ce message
questo messaggio è stato eliminato|hai eliminato questo messaggio|mensagem apagada|esta mensagem foi apagada
você apagou esta mensagem|apagou esta mensagem|mensagem eliminada|esta mensagem foi eliminada
eliminou esta mensagem|dit bericht is verwijderd|je hebt dit bericht verwijderd
u hebt dit bericht verwijderd|det här meddelandet har raderats|meddelandet har raderats
du raderade det här meddelandet|denne besked blev slettet|du slettede denne besked
denne meldingen ble slettet|du slettet denne meldingen|tämä viesti poistettiin|poistit tämän viestin
ta wiadomość została usunięta|usunięto tę wiadomość|tato zpráva byla odstraněna|smazali jste tuto zprávu
tato zpráva byla smazána|táto správa bola odstránená|ezt az üzenetet törölték|törölted ezt az üzenetet
acest mesaj a fost șters|ați șters acest mesaj|данное сообщение удалено|вы удалили данное сообщение
сообщение удалено|вы удалили это сообщение|це повідомлення було видалено|ви видалили це повідомлення
повідомлення видалено|ова порука је избрисана|ova poruka je izbrisana|izbrisali ste ovu poruku
αυτό το μήνυμα διαγράφηκε|διαγράψατε αυτό το μήνυμα|bu mesaj silindi|bu mesajı sildiniz|הודעה זו נמחקה
מחקת הודעה זו|ההודעה נמחקה|تم حذف هذه الرسالة|حذفت هذه الرسالة|لقد حذفت هذه الرسالة|این پیام حذف شد
شما این پیام را حذف کردید|यह मैसेज हटाया गया|यह संदेश हटाया गया|आपने यह मैसेज हटाया
आपने इस मैसेज को डिलीट किया|यह मैसेज डिलीट किया गया|pesan ini dihapus|pesan ini telah dihapus
anda menghapus pesan ini|anda telah menghapus pesan ini|mesej ini telah dipadam|anda memadam mesej ini
tin nhắn này đã bị xóa|bạn đã xóa tin nhắn này|ข้อความนี้ถูกลบแล้ว|ข้อความนี้ถูกลบ|คุณลบข้อความนี้แล้ว
此消息已删除|此消息已被删除|您已删除此消息|你删除了这条消息|此訊息已刪除|您已刪除此訊息
このメッセージは削除されました|メッセージを削除しました|삭제된 메시지입니다|이 메시지는 삭제되었습니다
메시지를 삭제했습니다|waiting for this message|waiting for this message. this may take a while
warten auf diese nachricht|diese nachricht wird erwartet. dies kann eine weile dauern
esperando el mensaje. esto puede tomar tiempo|esperando este mensaje. esto puede tardar
en attente de ce message. cela peut prendre un moment|in attesa del messaggio. potrebbe volerci del tempo
aguardando mensagem. essa ação pode levar alguns instantes|wachten op dit bericht. dit kan even duren
bu mesaj bekleniyor. bu biraz zaman alabilir|ожидание данного сообщения. это может занять некоторое время
menunggu pesan ini. ini mungkin perlu waktu|null|live location shared|location shared|standort wird geteilt
live-standort wird geteilt|ubicación en tiempo real compartida|localisation en direct partagée
posizione in tempo reale condivisa|localização em tempo real compartilhada|live locatie gedeeld
"""

_CALLS = """
missed voice call|missed video call|missed group voice call|missed group video call|silenced voice call
silenced video call|verpasster sprachanruf|verpasster videoanruf|llamada perdida|llamada de voz perdida
videollamada perdida|appel vocal manqué|appel vidéo manqué|chiamata vocale persa|videochiamata persa
chamada de voz perdida|ligação de voz perdida|ligação de vídeo perdida|chamada de vídeo perdida
videochamada perdida|gemiste spraakoproep|gemist spraakgesprek|gemiste video-oproep|gemist videogesprek
missat röstsamtal|missat videosamtal|ubesvaret taleopkald|ubesvaret videoopkald|tapt taleanrop
tapt videoanrop|vastaamaton äänipuhelu|vastaamaton videopuhelu|nieodebrane połączenie głosowe
nieodebrane połączenie wideo|zmeškaný hlasový hovor|zmeškaný videohovor|nem fogadott hanghívás
nem fogadott videohívás|apel vocal nepreluat|apel video nepreluat|пропущенный аудиозвонок
пропущенный видеозвонок|пропущений аудіодзвінок|пропущений відеодзвінок|αναπάντητη φωνητική κλήση
αναπάντητη βιντεοκλήση|cevapsız sesli arama|cevapsız görüntülü arama|שיחה קולית שלא נענתה
שיחת וידאו שלא נענתה|مكالمة صوتية فائتة|مكالمة فيديو فائتة|تماس صوتی پاسخ داده نشده
تماس تصویری پاسخ داده نشده|मिस्ड वॉइस कॉल|मिस्ड वीडियो कॉल|panggilan suara tak terjawab
panggilan video tak terjawab|panggilan suara terlepas|panggilan video terlepas|cuộc gọi nhỡ
cuộc gọi nhỡ video|สายที่ไม่ได้รับ|วิดีโอคอลที่ไม่ได้รับ|未接语音通话|未接语音来电|未接視訊通話|未接视频通话
未接語音通話|音声通話不在着信|ビデオ通話不在着信|不在着信|부재중 전화|부재중 음성통화|부재중 영상통화
"""

# A file that is there, beside its name: "IMG-1.jpg (file attached)" of Android, "<attached: 1-PHOTO.jpg>" of iOS.
_ATTACHED = """
file attached|datei angehängt|archivo adjunto|fichier joint|file allegato|arquivo anexado|ficheiro anexado
bestand bijgevoegd|bifogad fil|fil bifogad|fil vedhæftet|fil vedlagt|tiedosto liitetty|plik załączony
załączony plik|soubor byl přiložen|súbor priložený|fájl csatolva|fișier atașat|файл добавлен|файл вложен
прикріплений файл|файл додано|συνημμένο αρχείο|dosya ekli|ekli dosya|קובץ מצורף|الملف مرفق|ملف مرفق
فایل پیوست شد|फ़ाइल अटैच की गई|फाइल अटैच की गई|file terlampir|fail dilampirkan|tệp đính kèm|แนบไฟล์|文件附件
附件|檔案已附加|ファイル添付|添付ファイル|파일 첨부됨|파일 첨부
"""
_ATTACHED_AS = """
attached|anhang|adjunto|archivo adjunto|pièce jointe|allegato|anexado|anexo|bijgevoegd|bijlage|bifogad
vedhæftet|vedlagt|liite|załącznik|załączono|přiloženo|priložené|csatolva|atașat|вложено|додано|συνημμένο
eklendi|מצורף|مرفق|پیوست|संलग्न|terlampir|đính kèm|แนบ|附件|添付ファイル|첨부됨|첨부
"""

_EDITED = """
this message was edited|message edited|diese nachricht wurde bearbeitet|se editó este mensaje
mensaje editado|este mensaje fue editado|ce message a été modifié|message modifié
questo messaggio è stato modificato|messaggio modificato|mensagem editada|esta mensagem foi editada
dit bericht is bewerkt|dit bericht is aangepast|meddelandet har redigerats|det här meddelandet redigerades
denne besked blev redigeret|denne meldingen ble redigert|tätä viestiä muokattiin
ta wiadomość została zmieniona|wiadomość edytowana|tato zpráva byla upravena|táto správa bola upravená
ezt az üzenetet szerkesztették|acest mesaj a fost editat|данное сообщение изменено|сообщение изменено
це повідомлення було змінено|повідомлення змінено|αυτό το μήνυμα επεξεργάστηκε|bu mesaj düzenlendi
ההודעה נערכה|הודעה זו נערכה|تم تعديل هذه الرسالة|این پیام ویرایش شد|यह मैसेज एडिट किया गया|यह मैसेज बदला गया
pesan ini diedit|pesan ini telah diedit|mesej ini telah diedit|tin nhắn này đã được chỉnh sửa
ข้อความนี้ถูกแก้ไข|ข้อความนี้ถูกแก้ไขแล้ว|此消息已编辑|此消息已被编辑|此訊息已編輯
このメッセージは編集されました|이 메시지는 수정되었습니다|수정된 메시지입니다
"""

# How the notice begins that a chat is encrypted; iOS writes it in the other person's name.
_NOTICES = """
messages and calls are end-to-end encrypted|messages to this chat and calls are now secured with end-to-end
messages you send to this chat and calls are now secured
nachrichten und anrufe sind ende-zu-ende-verschlüsselt
nachrichten in diesem chat sowie anrufe sind jetzt mit ende-zu-ende
los mensajes y las llamadas están cifrados|los mensajes y llamadas están cifrados
les messages et les appels sont chiffrés|i messaggi e le chiamate sono crittografati
as mensagens e as ligações são protegidas|as mensagens e ligações são protegidas
mensagens e ligações são protegidas|as mensagens e chamadas são|mensagens e chamadas são protegidas
berichten en gesprekken worden end-to-end|berichten en oproepen zijn end-to-end
mesajlar ve aramalar uçtan uca şifrelidir|сообщения и звонки защищены сквозным
повідомлення та дзвінки захищено|wiadomości i połączenia są w pełni szyfrowane|zprávy a hovory jsou
pesan dan panggilan dienkripsi|pesan dan panggilan terenkripsi|الرسائل والمكالمات مشفرة
الرسائل والمكالمات مشفّرة|ההודעות והשיחות מוצפנות|मैसेज और कॉल एंड-टू-एंड एन्क्रिप्टेड
消息和通话都进行端到端加密|訊息和通話經端對端加密|メッセージと通話はエンドツーエンド
메시지와 통화는 종단간 암호화
"""


def _table(block: str) -> frozenset[str]:
    return frozenset(plain_words(text) for line in block.strip().splitlines() for text in line.split("|"))


def _either(block: str) -> str:
    return "|".join(map(re.escape, sorted(_table(block), key=len, reverse=True)))


_WHOLE = _table(_LEFT_OUT) | _table(_DELETED) | _table(_CALLS)
_OMITTED = _table(_LEFT_OUT)
_EDIT_MARKS = _table(_EDITED)
_BEGINNINGS = tuple(sorted(_table(_NOTICES)))
_CALL = re.compile(
    rf"(?:{_either(_CALLS)})(?: (?:at|um|a las|à|alle|às|om) \d{{1,2}}[:.]\d{{2}}(?: ?[ap]\.? ?m\.?)?"
    r"|, ?(?:tap to call back|\d+ \w+))"
)
_TAKEN_OUT_BY = re.compile(
    r"this message was deleted by admin .{1,60}|diese nachricht wurde von admin .{1,60} gelöscht"
    r"|(?:se eliminó este mensaje|este mensaje fue eliminado) por el admin\.? .{1,60}"
    r"|el admin\.? .{1,60} eliminó este mensaje|ce message a été supprimé par l['’]admin .{1,60}"
    r"|questo messaggio è stato eliminato dall['’]admin .{1,60}|mensagem apagada (?:pelo|por) admin .{1,60}"
    r"|dit bericht is verwijderd door beheerder .{1,60}|pesan ini dihapus oleh admin .{1,60}"
)
_FILE = re.compile(
    rf".{{1,160}}? ?\((?:{_either(_ATTACHED)})\)"
    rf"|<(?:{_either(_ATTACHED_AS)}) ?: ?[^<>]{{1,160}}>"
    rf"|[^ <>]{{1,160}}\.\w{{2,5}} <(?:{_either(_ATTACHED_AS)})>"
)
# "location: https://maps.google.com/?q=11.5,104.9", in any language.
_PLACE = re.compile(
    r"[^\n:<>]{2,30}: https?://(?:maps\.google\.|www\.google\.[a-z.]+/maps|maps\.app\.goo|foursquare\.)\S*"
)
_DOCUMENT = re.compile(r".{1,160}(?: • [^•]{1,30}|\.\w{2,5})")
_BRACKETED = re.compile(r"<\s*(.*?)\s*>")
_PROGRAM = "\u200e"


def is_program_text(line: str) -> bool:
    """Return whether a line is what WhatsApp wrote in a person's name: a picture left out, a deletion, a call …

    iOS begins its own words with U+200E, in whatever language.
    """
    if line.strip().startswith(_PROGRAM):
        return True
    said = plain_words(line)
    bare = _BRACKETED.fullmatch(said)
    if said in _WHOLE or (bare is not None and plain_words(bare[1]) in _WHOLE):
        return True
    if any(pattern.fullmatch(said) for pattern in (_CALL, _TAKEN_OUT_BY, _FILE, _PLACE)):
        return True
    return said.startswith(_BEGINNINGS) or _is_document(line)


def _is_document(line: str) -> bool:
    """Return whether a line is a document's name and size before the word that it is left out."""
    name, mark, rest = line.rpartition(_PROGRAM)
    return bool(mark) and plain_words(rest).strip("<>") in _OMITTED and _DOCUMENT.fullmatch(name.strip()) is not None


def without_edit_mark(line: str) -> str:
    """Return a line without the mark of an edit at its end, and without a picture that is left out behind its words."""
    body, mark, rest = line.rstrip().rpartition("<")
    if mark and rest.endswith(">") and plain_words(rest[:-1]) in _EDIT_MARKS:
        line = body.rstrip(" \u00a0\u202f" + _PROGRAM)
    name, mark, rest = line.rpartition(_PROGRAM)
    return name.rstrip() if mark and name.strip() and plain_words(rest).strip("<>") in _OMITTED else line
