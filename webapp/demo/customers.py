"""The customers of the sample portal: some are in the practice Zoho as well, under the same name.

A block is a customer and its people. Its first line: name | currency | website | street | code | city |
country; then for each person: first name | last name | designation | e-mail | phone.
"""

CUSTOMERS = """
Brückner & Söhne Maschinenbau GmbH | EUR | | Hafenstraße 12 | 20457 | Hamburg | Germany
- Katharina | Brückner | Geschäftsführerin | k.brueckner@brueckner-soehne.example | +49 40 66969 112
- Tobias | Ewald | | | +49 40 66969 131
- Yusuf | Kaya | Empfang | empfang@brueckner-soehne.example | +49 40 66969 100

Café Solène SARL | EUR | https://cafe-solene.example

Kaffeerösterei Ost | EUR | | Bornholmer Straße 21 | 10439 | Berlin | Germany
- Jale | Arslan | Röstmeisterin | jale@kaffee-ost.example | +49 30 555 01 21

Studio Vermeulen B.V. | EUR | https://vermeulen.example | Prinsengracht 98 | 1015 DZ | Amsterdam | Netherlands
- Femke | Vermeulen | Directeur | femke@vermeulen.example | +31 20 555 0170
- Pieter | de Groot | Ontwerp | pieter@vermeulen.example | +31 20 555 0171
- Sanne | Bakker | Administratie | |

Sørensen Byg A/S | EUR | https://sorensen-byg.example | Strandvejen 88 | 8000 | Aarhus | Denmark
- Lone | Sørensen | Direktør | lone@sorensen-byg.example | +45 86 55 01 20

Nordwind Energie | EUR | https://nordwind-energie.example | Deichweg 1 | 26506 | Norden | Germany
- Wiebke | Janssen | Projektleitung | w.janssen@nordwind-energie.example | +49 4931 555 0101

Nordwind Energie | EUR | | Speicherstraße 8 | 20457 | Hamburg | Germany
- Hinnerk | Ahlers | Büro Hamburg | hamburg@nordwind-energie.example | +49 40 555 01 77

株式会社みなと設計 | EUR | https://minato-sekkei.example | 本町 3-2 | 231-0005 | 横浜市 | Japan
- 健太 | 佐藤 | 設計部長 | sato@minato-sekkei.example | +81 45 555 0190

Hafenblick Immobilien GmbH | EUR | https://hafenblick.example | Am Sandtorkai 3 | 20457 | Hamburg | Germany
- Birte | Carstens | Geschäftsführung | b.carstens@hafenblick.example | +49 40 555 01 10
- Malte | Osei | Vermietung | m.osei@hafenblick.example | +49 40 555 01 11
- Frauke | Thießen | Buchhaltung | rechnung@hafenblick.example | +49 40 555 01 12

Stadtbibliothek Lüneburg | EUR | https://bibliothek.example | Marienplatz 3 | 21335 | Lüneburg | Germany
- Gesa | Wulff | Leitung | g.wulff@bibliothek.example | +49 4131 555 01

Zahnärzte am Fischmarkt | EUR | | Große Elbstraße 9 | 22767 | Hamburg | Germany
- Dilara | Özdemir | Praxismanagement | praxis@zahnaerzte-fischmarkt.example | +49 40 555 01 33

Möbelwerkstatt Göransson | SEK | https://goransson.example | Verkstadsgatan 5 | 211 42 | Malmö | Sweden
- Åke | Göransson | Ägare | ake@goransson.example | +46 40 555 01 02

Théâtre des Deux Rives | EUR | https://deux-rives.example | 12 quai de la Loire | 37000 | Tours | France
- Océane | Lefèvre | Direction | direction@deux-rives.example | +33 2 99 00 12 34
- Loïc | Kerguélen | Régie | regie@deux-rives.example | +33 2 99 00 12 35

Librería Ñandú | EUR | https://libreria-nandu.example | calle de la Palma 20 | 28004 | Madrid | Spain
- Begoña | Ibáñez | Propietaria | hola@libreria-nandu.example | +34 91 555 01 20

Officina Grafica Ferri | EUR | https://officinaferri.example | Via San Vitale 44 | 40125 | Bologna | Italy
- Niccolò | Ferri | Titolare | niccolo@officinaferri.example | +39 051 555 0140

Świetlik Studio | PLN | https://swietlik.example | ulica Piękna 7 | 00-539 | Warszawa | Poland
- Agnieszka | Żuraw | Dyrektor | agnieszka@swietlik.example | +48 22 555 01 40
- Paweł | Dąbrowski | Programista | pawel@swietlik.example | +48 22 555 01 41

Čajovna U Draka | CZK | | Husova 11 | 602 00 | Brno | Czechia
- Jiří | Dvořák | Majitel | jiri@udraka.example | +420 555 010 120

Kereskedőház Tűzoltó Kft. | EUR | https://tuzolto.example | Tűzoltó utca 22 | 1094 | Budapest | Hungary
- Gergő | Kőszegi | Ügyvezető | gergo@tuzolto.example | +36 1 555 0140

Εκδόσεις Γαλάζιο | EUR | https://galazio.example | Σόλωνος 30 | 106 73 | Αθήνα | Greece
- Δήμητρα | Ιωάννου | Εκδότρια | dimitra@galazio.example | +30 21 0555 0140

Галерея Обрій | EUR | https://obriy.example | вул. Дерибасівська 5 | 65026 | Одеса | Ukraine
- Олена | Шевчук | Кураторка | olena@obriy.example | +380 48 555 0140

Atlas Kartografi AS | NOK | https://atlaskart.example | Bryggen 2 | 5003 | Bergen | Norway
- Sigrid | Ånensen | Daglig leder | sigrid@atlaskart.example | +47 55 55 01 40

Pikku Puoti Oy | EUR | https://pikkupuoti.example | Hämeenkatu 4 | 33100 | Tampere | Finland
- Väinö | Mäkelä | Yrittäjä | vaino@pikkupuoti.example | +358 3 555 0140

Harbour & Finch Ltd | GBP | https://harbourfinch.example | 14 Wharf Lane | BS1 6XN | Bristol | United Kingdom
- Imogen | Finch | Partner | imogen@harbourfinch.example | +44 117 555 0140
- Rhys | ap Gwilym | Partner | rhys@harbourfinch.example | +44 117 555 0141

Tigh Mór Hostel | EUR | | Shore Street | F91 X2Y3 | Sligo | Ireland
- Caoimhe | Ní Bhriain | Manager | caoimhe@tighmor.example | +353 71 555 0140

Blue Mesa Outfitters, Inc. | USD | https://bluemesa.example | 88 Canyon Road | 87501 | Santa Fe | USA
- Renée | Begay-Montoya | Owner | renee@bluemesa.example | (505) 555-0140
- Tyler | O’Connell | Web shop | web@bluemesa.example | (505) 555-0141

Érablière du Nord | CAD | https://erabliere.example | 3 rang du Lac | G0A 1H0 | Beaupré | Canada
- Mathieu | Côté | Propriétaire | mathieu@erabliere.example | +1 418 555 0140

Café Açaí & Cia. | BRL | https://acaiecia.example | Rua da Praia 50 | 90010-280 | Porto Alegre | Brazil
- João | Conceição | Sócio | joao@acaiecia.example | +55 51 5555 0140

مكتبة الياسمين | EUR | https://yasmin-books.example | شارع الحبيب بورقيبة 9 | 1000 | تونس | Tunisia
- ليلى | بن صالح | المديرة | layla@yasmin-books.example | +216 71 555 140

סטודיו ירקון | EUR | https://yarkon.example | דיזנגוף 50 | 6433222 | תל אביב | Israel
- נועה | לוי | מעצבת | noa@yarkon.example | +972 3 555 0140

İncir Seramik Atölyesi | EUR | https://incirseramik.example | Kordon Boyu 18 | 35210 | İzmir | Türkiye
- Gülşen | Yıldız | Kurucu | gulsen@incirseramik.example | +90 232 555 01 40

गंगा प्रिंटर्स | INR | https://gangaprinters.example | दशाश्वमेध मार्ग 4 | 221001 | वाराणसी | India
- अनन्या | मिश्रा | संस्थापक | ananya@gangaprinters.example | +91 542 555 0140

บ้านกระดาษ | EUR | https://baankradat.example | ถนนนิมมาน 7 | 50200 | เชียงใหม่ | Thailand
- สมชาย | ใจดี | เจ้าของ | somchai@baankradat.example | +66 53 555 140

한빛 출판사 | EUR | https://hanbit-books.example | 마포구 독막로 8 | 04072 | 서울 | South Korea
- 지우 | 김 | 편집장 | jiwoo@hanbit-books.example | +82 2 555 0140

青空工房 | JPY | https://aozora.example | 河原町通 5 | 604-8001 | 京都市 | Japan
- 美咲 | 山田 | 代表 | misaki@aozora.example | +81 75 555 0140

Nhà Hàng Sen Vàng | EUR | https://senvang.example | 20 phố Huế | 100000 | Hà Nội | Vietnam
- Thị Hồng | Phạm | Chủ quán | hong@senvang.example | +84 24 5555 0140

Mwangaza Solar Co-op | EUR | https://mwangaza.example | Moi Avenue 3 | 20100 | Nakuru | Kenya
- Wanjikũ | Kamau | Coordinator | wanjiku@mwangaza.example | +254 51 555 0140

Kunstverein Überlingen e.V. | EUR | https://kv-ueb.example | Seepromenade 1 | 88662 | Überlingen | Germany
- Annegret | Rößler | Vorstand | vorstand@kv-ueb.example | +49 7551 555 01
- Clemens | Häußler | Kasse | kasse@kv-ueb.example |

Praxis Dr. Yıldırım | EUR | | Steindamm 40 | 20099 | Hamburg | Germany

Trattoria da Giosuè | EUR | https://dagiosue.example | Susannenstraße 6 | 20357 | Hamburg | Germany
- Giosuè | Esposito | Inhaber | ciao@dagiosue.example | +49 40 555 01 60

Wattläufer Reisen | EUR | https://wattlaeufer.example | Hafenweg 2 | 25849 | Pellworm | Germany
- Enno | Petersen-Iversen | Inhaber | moin@wattlaeufer.example | +49 4844 555 01
- Swantje | Iversen | Buchungen | buchung@wattlaeufer.example | +49 4844 555 02
"""
