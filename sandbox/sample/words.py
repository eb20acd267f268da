"""The words names are made of, by language; a word of another script stands beside its Latin form."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_LATIN = str.maketrans(
    {"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "đ": "d", "ı": "i", "œ": "oe", "å": "aa", "ð": "d"}
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what becomes of it in an e-mail address."""

    text: str
    latin: str


@dataclass(frozen=True, slots=True)
class Pool:
    """The words of one language; in a phone pattern each # becomes a digit."""

    first_names: tuple[Word, ...]
    last_names: tuple[Word, ...]
    trades: tuple[Word, ...]
    towns: tuple[Word, ...]
    forms: tuple[str, ...]
    phones: tuple[str, ...]
    jobs: tuple[str, ...]
    street: str
    country: str
    family_first: bool = False


def slug(text: str) -> str:
    """Return the text in lower-case ASCII letters and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LATIN))
    kept = "".join(
        each if each.isascii() and each.isalnum() else " "
        for each in plain
        if not unicodedata.combining(each)
    )
    return "-".join(kept.split())


def _words(text: str) -> tuple[Word, ...]:
    pairs = (each.partition("=") for each in text.split())
    return tuple(Word(native.replace("_", " "), latin or slug(native)) for native, _, latin in pairs)


def _pool(names: str, families: str, trades: str, towns: str, *rest: str, family_first: bool = False) -> Pool:
    forms, phones, jobs, street, country = rest
    return Pool(
        _words(names),
        _words(families),
        _words(trades),
        _words(towns),
        tuple(each.strip() for each in forms.split(";")),
        tuple(each.strip() for each in phones.split(";")),
        tuple(each.strip() for each in jobs.split(";")),
        street,
        country,
        family_first,
    )


POOLS = (
    _pool(
        "Anna Lukas Greta Jürgen Käthe Moritz Sophie Björn Heike Till Wiebke Ömer",
        "Müller Weiß Krüger Schäfer Großmann Lindner Vogel Böhm Petersen Yılmaz Hartwig Kessler",
        "Metallbau Druckerei Gartenbau Optik Möbel Brauerei Elektrotechnik Verlag Logistik Tischlerei",
        "Hamburg Köln Lübeck Görlitz Münster Kiel Fürth Jena",
        "GmbH; GmbH & Co. KG; AG; e.K.; KG",
        "+49 40 66969 ###; 040/66969-###; 0049 (0)221 4710 ###; +4989 99998 ###",
        "Geschäftsführung; Einkauf; Buchhaltung; Vertrieb; Empfang",
        "Hafenstraße",
        "Germany",
    ),
    _pool(
        "Mette Søren Freja Åse Jeppe Birgitte Rasmus Lærke Ida Troels",
        "Sørensen Kjær Østergaard Møller Nygaard Bæk Ågård Friis Holm Juhl",
        "Byg Cykler Tryk Transport Have Fisk Møbler Vin Keramik Tegnestue",
        "Aarhus Odense Ærøskøbing Skagen Køge Ribe",
        "ApS; A/S; I/S",
        "+45 62 55 ## ##; 8655 01##; (+45) 33 55 ## ##",
        "Direktør; Bogholder; Indkøb; Drift",
        "Strandvejen",
        "Denmark",
    ),
    _pool(
        "Hélène Théo Solène Benoît Zoé Jérôme Inès François Maël Aurélie",
        "Lefèvre Brûlé Marchand Gauthier D’Aubigné Noël Rousseau Béranger Château Poirier",
        "Boulangerie Imprimerie Atelier Transports Vignobles Optique Menuiserie Éditions Fleurs",
        "Lyon Nîmes Besançon Nantes Orléans Sète",
        "SARL; SAS; S.A.; EURL",
        "+33 1 99 00 ## ##; 01 99 00 ## ##; 0033.4.65.71.##.##",
        "Gérante; Comptabilité; Achats; Production",
        "rue du Port",
        "France",
    ),
    _pool(
        "Íñigo Begoña Óscar Lucía Ramón Núria Joaquín Ainhoa Álvaro Pilar",
        "Niño Muñoz Ibáñez Peña Urrutia Cañas Güell Etxeberria Ordóñez Vázquez",
        "Papelería Cerámicas Bodegas Muebles Imprenta Transportes Ferretería Viajes",
        "Madrid Cádiz A_Coruña Logroño Málaga León",
        "S.A.; S.L.; S.L.U.; e Hijos, S.A.",
        "+34 91 555 ## ##; 915 55 ## ##; +34-600-000-###",
        "Administración; Compras; Gerente; Almacén",
        "calle Mayor",
        "Spain",
    ),
    _pool(
        "Inês João Conceição Tomás Graça Simão Beatriz Otávio",
        "Tavares Antunes Gonçalves Brandão Simões Leitão Magalhães Assunção",
        "Doçaria Arquitectos Cortiças Vinhos Gráfica Azulejos Têxteis",
        "Lisboa Évora Porto Guimarães Faro",
        "Lda; S.A.; Unipessoal Lda",
        "+351 21 555 ####; 21 555 ## ##; 00351 22 555 ####",
        "Gerência; Contabilidade; Compras",
        "Rua das Flores",
        "Portugal",
    ),
    _pool(
        "Zofia Łukasz Małgorzata Paweł Żaneta Stanisław Jagoda Grzegorz",
        "Wiśniewska Wójcik Kowalczyk Zając Śliwa Gałązka Dąbrowska Źrebiec",
        "Meble Papier Szkło Druk Piekarnia Transport Ogrody",
        "Łódź Kraków Gdańsk Wrocław Toruń",
        "Sp. z o.o.; S.A.; sp.j.",
        "+48 42 555 ## ##; 42 555-##-##; (+48) 600 000 ###",
        "Prezes; Księgowość; Zaopatrzenie",
        "ulica Długa",
        "Poland",
    ),
    _pool(
        "Siobhán Oliver Priya Callum Aoife Zainab Rhys Imogen Dafydd Niamh",
        "O’Malley Whitfield Okonkwo Pritchard MacLeod Ashworth Patel O'Brien Featherstone Null",
        "Joinery Bakers Freight Textiles Press Gardens Opticians Brewing Ceramics",
        "London Leeds Cardiff Galway Perth Truro",
        "Ltd; LLP; plc; & Daughters Ltd",
        "+44 20 7946 0###; (020) 7946 0###; +44 (0)1632 960###; 07700 900###",
        "Director; Accounts payable; Buyer; Operations",
        "Quay Street",
        "United Kingdom",
    ),
    _pool(
        "Marcus Guadalupe Jamal Emily DeShawn Soren Kimberly Wyatt Nevaeh Tuấn",
        "Lindgren Whitaker Hernández O'Connor Kowalski Washington Begaye Nguyen McAllister Van_Dyke",
        "Orthodontics Roofing Logistics Media Robotics Hardware Dairy Fitness Legal",
        "Grand_Rapids Austin Portland Savannah Duluth Tacoma",
        "LLC; Inc.; Corp.; & Sons, Inc.",
        "(616) 555-01##; 212-555-01##; +1 (503) 555-01##; 555-01##; +1-512-555-01## ext. 1#",
        "Owner; Accounts Payable; Office Manager; VP Operations",
        "Main Street",
        "USA",
    ),
    _pool(
        "Νίκος=nikos Ελένη=eleni Γιώργος=giorgos Κατερίνα=katerina Στέλιος=stelios Άννα=anna",
        "Παπαδόπουλος=papadopoulos Γεωργίου=georgiou Νικολάου=nikolaou Ζάχος=zachos Κόκκινος=kokkinos",
        "Ελαιόλαδα=elaiolada Ναυτιλιακή=naftiliaki Εκδόσεις=ekdoseis Έπιπλα=epipla Αρτοποιία=artopoiia",
        "Αθήνα=athina Πάτρα=patra Χανιά=chania Βόλος=volos",
        "Ο.Ε.; Α.Ε.; Ε.Π.Ε.",
        "+30 21 5550 ####; 0030 2610 555 ###",
        "Διευθυντής; Λογιστήριο; Προμήθειες",
        "Οδός Ερμού",
        "Greece",
    ),
    _pool(
        "Оксана=oksana Тарас=taras Олена=olena Дмитро=dmytro Наталія=nataliia Іван=ivan",
        "Коваленко=kovalenko Шевченко=shevchenko Бондар=bondar Лисенко=lysenko Яковлєва=yakovlieva",
        "Поліграфія=poligrafiia Меблі=mebli Логістика=lohistyka Пекарня=pekarnia Оптика=optyka",
        "Київ=kyiv Львів=lviv Одеса=odesa Харків=kharkiv",
        "ТОВ; ПП; АТ",
        "+380 44 555 ## ##; (044) 555-##-##",
        "Директор; Бухгалтерія; Закупівлі",
        "вул. Шевченка",
        "Ukraine",
    ),
    _pool(
        "美咲=misaki 健=ken さくら=sakura 翔太=shota 陽子=yoko 大輔=daisuke",
        "佐藤=sato 高橋=takahashi 渡辺=watanabe 小林=kobayashi 斎藤=saito 山口=yamaguchi",
        "設計=sekkei 印刷=insatsu 食品=shokuhin 物流=butsuryu 建設=kensetsu デザイン=design",
        "東京=tokyo 京都=kyoto 札幌=sapporo 福岡=fukuoka",
        "株式会社; 合同会社; 有限会社",
        "+81 3 5550 ####; 03-5550-####; ０３−５５５０−####",
        "営業部; 経理部; 購買部; 代表取締役",
        "本町",
        "Japan",
        family_first=True,
    ),
    _pool(
        "ليلى=layla عمر=omar فاطمة=fatima يوسف=youssef نور=nour خالد=khalid",
        "حداد=haddad المنصوري=almansouri الخطيب=alkhatib نجار=najjar الشامي=alshami",
        "للتجارة=trading للمقاولات=contracting للنقل=transport للطباعة=printing للأثاث=furniture",
        "دبي=dubai بيروت=beirut عمان=amman الشارقة=sharjah",
        "ش.م.م.; ذ.م.م.; وشركاه",
        "+971 4 555 01##; 04 555 01##; +961 1 555 0##",
        "المدير العام; المحاسبة; مديرة المشتريات",
        "شارع الميناء",
        "United Arab Emirates",
    ),
    _pool(
        "नीला=neela अर्जुन=arjun प्रिया=priya रोहन=rohan कविता=kavita",
        "शर्मा=sharma पटेल=patel अय्यर=iyer चौहान=chauhan देसाई=desai",
        "हस्तशिल्प=hastashilp प्रकाशन=prakashan वस्त्र=vastra मुद्रण=mudran",
        "मुंबई=mumbai दिल्ली=delhi जयपुर=jaipur पुणे=pune",
        "प्रा. लि.; एंड संस; एलएलपी",
        "+91 22 5550 ####; 022-5550-####; +91 90000 0####",
        "निदेशक; लेखा; खरीद",
        "गांधी मार्ग",
        "India",
    ),
    _pool(
        "דנה=dana אורי=uri נועה=noa איתן=eitan",
        "כהן=cohen לוי=levi מזרחי=mizrahi פרידמן=friedman",
        "מאפייה=bakery דפוס=print אופטיקה=optics הובלות=movers",
        "חיפה=haifa תל_אביב=telaviv עכו=akko",
        "בע״מ; ובניו",
        "+972 4 555 01##; 04-555-01##",
        "מנכ״לית; הנהלת חשבונות; רכש",
        "רחוב הנמל",
        "Israel",
    ),
)
