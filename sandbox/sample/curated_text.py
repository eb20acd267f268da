"""The text the hand-made customers are read from; how, `curated` says."""

CURATED_TEXT = """
Ærø Søtransport ApS | EUR | https://aeroe-so.example | Havnen 4, 5970, Ærøskøbing, Denmark
! transactions
- Mette / Kjærgaard | Managing director | mette@aeroe-so.example | +45 62 55 01 41 | +45 20 55 01 41
- Søren / Holm | Dispatch | soren@aeroe-so.example | +45 62 55 01 48
- Ida / Rask | Bookkeeping | ida@aeroe-so.example | 62550152

Αφοί Παπαδόπουλοι Ο.Ε. | EUR | https://papadopouloi.example | Οδός Ερμού 12, 26221, Πάτρα, Greece
- Νίκος / Παπαδόπουλος | Διευθυντής | nikos@papadopouloi.example | +30 21 5550 0188
- Ελένη / Παπαδοπούλου | Λογιστήριο | eleni@papadopouloi.example | +30 21 5550 0189

Atelier Brûlé SARL | EUR | https://atelier-brule.example | 8 rue du Port, 44000, Nantes, France
! transactions
- Mme Hélène / Brûlé | Gérante | helene@atelier-brule.example | +33 1 99 00 41 20 | +33 6 39 98 41 20
- Théo / Lemaître | Production | theo@atelier-brule.example | +33 1 99 00 41 26
- Aurélie / Noël | Achats | achats@atelier-brule.example | 01 99 00 41 27
- Benoît / D’Aubigné | Comptabilité | achats@atelier-brule.example

Brückner & Söhne Maschinenbau GmbH | EUR | brueckner-soehne.example | Hafenstraße 14, 20457, Hamburg, Germany
! transactions
- Frau Katharina / Brückner | Geschäftsführerin | k.brueckner@brueckner-soehne.example | +49 40 66969 120
- Tobias / Ewald | Einkauf | t.ewald@brueckner-soehne.example | +49 40 66969 131
- Jonas / Weber | Buchhaltung | j.weber@brueckner-soehne.example | 040/66969-140
- Lê Minh / Anh | Konstruktion | lm.anh@brueckner-soehne.example | | +49 151 0000 0140 | Technik

Café Solène SARL | EUR | https://cafe-solene.example | 3 place du Marché, 34200, Sète, France
- Solène / Marchand | Gérante | bonjour@cafe-solene.example | +33 1 99 00 77 05
- Zoé / Marchand | Service | bonjour@cafe-solene.example

Cafe Solene | EUR | | 3 place du Marché, 34200, Sète, France
- Solene / Marchand | | bonjour@cafe-solene.example | 0199007705

Doçaria São Bento Lda | EUR | https://saobento.example | Rua das Flores 21, 4050-265, Porto, Portugal
- Sra. Conceição / Antunes | Gerência | conceicao@saobento.example | +351 21 555 0172

Grand River Orthodontics LLC | USD | https://grandriver.example | 12 Main Street, 49503, Grand Rapids, USA
! transactions
- Dr. Marcus / Whitfield | Owner | mwhitfield@grandriver.example | (616) 555-0143
- Emily / Van Dyke | Office Manager | evandyke@grandriver.example | (616) 555-0144
- Soren / Lindgren | Billing | billing@grandriver.example | 616-555-0145
- Guadalupe / Hernández | Patient care | lupe@grandriver.example | +1 616 555 0146
- DeShawn / Washington | IT | it@grandriver.example | 555-0147 ext. 12
- Kimberly / Begaye | Scheduling | | (616) 555-0143

Helle Optik AG | EUR | https://helle-optik.example | Bahnhofplatz 2, 8001, Zürich, Switzerland
- Beat / Zürcher | Inhaber | b.zuercher@helle-optik.example | +41 44 555 01 60
- Urs / Ammann | Werkstatt | urs@helle-optik.example | +41 44 555 01 66
- Reto / Caflisch | Buchhaltung | reto@helle-optik.example | 044 555 01 67

Lindqvist Förlag AB | EUR | https://lindqvist-forlag.example | Storgatan 9, 111 51, Stockholm, Sweden
! transactions
- Åsa / Lindqvist | Förlagschef | asa@lindqvist-forlag.example | +46 8 555 011 90
- Ebba / Nyström | Redaktion | ebba@lindqvist-forlag.example | +46 8 555 011 94

Łódzkie Zakłady Papiernicze S.A. | EUR | https://lzp.example | ulica Długa 40, 90-001, Łódź, Poland
- Zofia / Wiśniewska | Prezes | z.wisniewska@lzp.example | +48 42 555 01 33
- Łukasz / Wójcik | Zaopatrzenie | l.wojcik@lzp.example | +48 42 555 01 35
- Małgorzata / Śliwa | Księgowość | ksiegowosc@lzp.example | 42 555-01-36
- Żaneta / Źrebiec | Księgowość | ksiegowosc@lzp.example
- Stanisław / Zając | Magazyn | | (+48) 600 000 133

Nguyễn Hải Logistics | EUR | https://nguyenhai.example | 18 Đường Cảng, 700000, Hồ Chí Minh, Vietnam
- Nguyễn Thị / Hương | Kế toán trưởng | huong@nguyenhai.example | +84 28 5550 0127
- Trần Văn / Đức | Điều phối | duc@nguyenhai.example | +84 28 5550 0131

O’Malley & Daughters Ltd | GBP | https://omalley.example | 7 Quay Street, EC1A 1BB, London, United Kingdom
- Siobhán / O’Malley | Director | siobhan@omalley.example | +44 20 7946 0321 | +44 7700 900 005
- Aoife / O’Malley | Accounts payable | accounts@omalley.example | (020) 7946 0322
- Niamh / O'Malley | Workshop | niamh@omalley.example | +44 (0)20 7946 0323

شركة النور للتجارة | EUR | https://alnoor.example | شارع الميناء 5, دبي, United Arab Emirates
- ليلى / حداد | مديرة المشتريات | layla@alnoor.example | +971 4 555 0119
- عمر / المنصوري | المحاسبة | omar@alnoor.example | 04 555 0120

株式会社みなと設計 | EUR | https://minato-sekkei.example | 本町 3-2, 231-0001, 横浜, Japan
! transactions
- 美咲 / 佐藤 | 営業部 | sato@minato-sekkei.example | +81 3 5550 0166
- 健 / 高橋 | 設計部 | takahashi@minato-sekkei.example | +81 3 5550 0171
- さくら / 渡辺 | 経理部 | keiri@minato-sekkei.example | 03-5550-0172
- 翔太 / 小林 | 設計部 | kobayashi@minato-sekkei.example
- 陽子 / 斎藤 | 代表取締役 | saito@minato-sekkei.example | +81 3 5550 0160
- 大輔 / 山口 | 設計部 | yamaguchi@minato-sekkei.example | ０３−５５５０−０１７４
- 恵 / 中村 | 購買部 | | 03-5550-0175

ТОВ «Вишневий сад» | EUR | https://vyshnevyi.example | вул. Шевченка 2, 01001, Київ, Ukraine
- Оксана / Коваленко | Директор | oksana@vyshnevyi.example | +380 44 555 0184

Vila Nova Arquitectos | EUR | https://vilanova.example | Rua do Sol 3, 4400-001, Vila Nova de Gaia, Portugal
! inactive
- Inês / Tavares | Sócia | ines@vilanova.example | +351 22 555 0116
- Tomás / Brandão | Contabilidade | tomas@vilanova.example

Zweite Heimat Buchhandlung e.K. | EUR | | Am Markt 6, 23552, Lübeck, Germany

Papelería Niño e Hijos, S.A. | EUR | https://papeleria-nino.example | calle Mayor 31, 28013, Madrid, Spain
- Íñigo / Niño Urrutia | Administración | inigo@@papeleria-nino.example | +34 91 555 01 70

Sørensen Byg A/S | EUR | https://sorensen-byg.example | Strandvejen 88, 8000, Aarhus, Denmark
! transactions
- Birgitte / Sørensen | Direktør | bs@sorensen-byg.example | +45 86 55 01 12
- Jeppe / Bæk | Indkøb | jb@sorensen-byg.example | 86 55 01 13
- Freja / Ågård | Bogholder | bogholderi@sorensen-byg.example | (+45) 86 55 01 14
- Troels / Sørensen | Byggeplads | | | +45 40 55 01 12

Kontor for Byplan | EUR | https://byplan.example | Nyhavn 17, 1051, København, Denmark
- Lærke / Friis | Partner | lf@byplan.example | +45 33 55 01 90
- Søren / Juhl | Tegnestue | soren.juhl@byplan.example | +45 33 55 01 91

Kaffeerösterei Ost | EUR | https://kaffee-ost.example | Bornholmer Straße 21, 10439, Berlin, Germany
- Greta / Lindner | Inhaberin | greta@kaffee-ost.example | +49 30 66969 210
- Ayşe / Demir | Versand | versand@kaffee-ost.example | 030/66969-211

Studio Vermeulen B.V. | EUR | https://vermeulen.example | Prinsengracht 100, 1015 DZ, Amsterdam, Netherlands
- Maartje / Vermeulen | Eigenaar | maartje@vermeulen.example | +31 20 555 01 30
- Joost / van ’t Hoff | Administratie | joost@vermeulen.example | 020-555 01 31
- Fenna / de Wit | Ontwerp | fenna@vermeulen.example

Druckhaus Öhringen | EUR | https://druckhaus-oehringen.example | Poststraße 5, 74613, Öhringen, Germany
- Björn / Böhm | Vertrieb | b.boehm@druckhaus-oehringen.example | +49 7941 66969 0
- Heike / Weiß | Buchhaltung | h.weiss@druckhaus-oehringen.example | +49 7941 66969 12

Kino Alhambra | EUR | https://kino-alhambra.example | Lichtstraße 1, 50667, Köln, Germany
- Ömer / Yılmaz | Leitung | oemer@kino-alhambra.example | +49 221 4710 100
- Wiebke / Hartwig | Programm | programm@kino-alhambra.example | 0049 (0)221 4710 101
- Till / Kessler | Technik | | +49 221 4710 102

Ystad Teater | EUR | https://ystadteater.example | Sjömansgatan 13, 271 41, Ystad, Sweden
- Lovisa / Öberg | Producent | lovisa@ystadteater.example | +46 411 555 01

Hof Överby | EUR | https://hof-overby.example | Överbyvägen 2, 451 78, Uddevalla, Sweden
- Nils / Överby | Ägare | nils@hof-overby.example | +46 522 555 010
- Maj / Överby | Butik | maj@hof-overby.example

Musée de la Poste | CHF | https://musee-poste.example | 2 rue du Lac, 1204, Genève, Switzerland
- Jérôme / Béranger | Conservateur | j.beranger@musee-poste.example | +41 22 555 01 80
- Inès / Lefèvre | Boutique | boutique@musee-poste.example | 022 555 01 81

Tischlerei Hagemann | EUR | | Werkstraße 8, 33602, Bielefeld, Germany
- Moritz / Hagemann | Meister | hagemann@tischlerei-hagemann.example | +49 521 66969 0

Papír-írószer Kft. | EUR | https://papir-iroszer.example | Fő utca 12, 1011, Budapest, Hungary
- Tünde / Őri | Ügyvezető | tunde@papir-iroszer.example | +36 1 555 0190

Øresund Kulturforening | EUR | https://oresund-kultur.example | Strandgade 1, 3000, Helsingør, Denmark
- Rasmus / Østergaard | Formand | rasmus@oresund-kultur.example | +45 49 55 01 60
- Åse / Møller | Kasserer | kasserer@oresund-kultur.example

Nørrebro Cykler | EUR | https://norrebro-cykler.example | Nørrebrogade 45, 2200, København, Denmark
- Jeppe / Nygaard | Indehaver | jeppe@norrebro-cykler.example | +45 35 55 01 22
- Ida / Kjær | Værksted | | 35 55 01 23

Żabka Meble | EUR | https://zabka-meble.example | ulica Leśna 3, 80-001, Gdańsk, Poland
- Jagoda / Gałązka | Właścicielka | jagoda@zabka-meble.example | +48 58 555 01 20

Nordwind Energie | EUR | https://nordwind-energie.example | Deichweg 1, 26506, Norden, Germany
! transactions
- Dr. Anna / Petersen | Vorstand | a.petersen@nordwind-energie.example | +49 4931 66969 0
- Lukas / Vogel | Einkauf | einkauf@nordwind-energie.example | +49 4931 66969 21
- Käthe / Krüger | Buchhaltung | rechnung@nordwind-energie.example

Níwa Yoga, S.L. | EUR | https://niwa-yoga.example | calle del Mar 4, 11001, Cádiz, Spain

Nakladatelství Řeka | CZK | https://reka.example | Na Příkopě 5, 110 00, Praha, Czechia
- Řehoř / Dvořák | Šéfredaktor | rehor@reka.example | +420 222 555 010
- Eliška / Nováková | Účtárna | ucetni@reka.example | 222 555 011
- Ondřej / Říha | Výroba | ondrej@reka.example
- Žofie / Čermáková | Práva | zofie@reka.example | +420222555013

合同会社ながれ | EUR | https://nagare.example | 寺町 8, 600-8001, 京都, Japan
- さくら / 小林 | 代表社員 | sakura@nagare.example | +81 75 5550 0110

Øst & Vest Import | EUR | https://ostvest.example | Kajen 2, 5000, Odense, Denmark
- Signe / Vestergaard | Indkøb | signe@ostvest.example | +45 66 55 01 77
- Li / Wei | 采购 | liwei@ostvest.example | +86 21 5550 0177

Bäckerei Łukasik | EUR | | Turmstraße 30, 10551, Berlin, Germany
- Grzegorz / Łukasik | Inhaber | backstube@lukasik.example | +49 30 66969 300

서울 디자인 연구소 | EUR | https://seoul-design.example | 종로 12, 03154, 서울, South Korea
- 민준 / 김 | 대표 | minjun@seoul-design.example | +82 2 5550 0144
- 서연 / 이 | 회계 | seoyeon@seoul-design.example | 02-5550-0145

מאפיית הכרמל בע״מ | EUR | https://carmel-bakery.example | רחוב הנמל 9, חיפה, Israel
- נועה / מזרחי | מנכ״לית | noa@carmel-bakery.example | +972 4 555 0110

บริษัท สยามเปเปอร์ จำกัด | EUR | https://siampaper.example | ถนนเจริญกรุง 22, 10100, กรุงเทพฯ, Thailand
- กมล / ศรีสุข | ผู้จัดการ | kamon@siampaper.example | +66 2 555 0155

भारत हस्तशिल्प प्रा. लि. | INR | https://bharat-hastashilp.example | गांधी मार्ग 7, 302001, जयपुर, India
- प्रिया / शर्मा | निदेशक | priya@bharat-hastashilp.example | +91 141 555 0111
- रोहन / पटेल | लेखा | lekha@bharat-hastashilp.example | 0141-5550112

ქართული ღვინო შპს | EUR | https://kartuli-gvino.example | რუსთაველის 3, 0108, თბილისი, Georgia
- ნინო / ბერიძე | დირექტორი | nino@kartuli-gvino.example | +995 32 255 01 10

Sunny Side Café 🍳 | EUR | https://sunnyside.example | 5 Strand Road, H91, Galway, Ireland
- Zainab / Okonkwo 🌻 | Owner | hello@sunnyside.example | +353 91 555 010

Maison Étoile Fleurs | EUR | https://maison-etoile.example | 14 rue des Lilas, 69002, Lyon, France
- Maël / Gauthier | Gérant | mael@maison-etoile.example | +33 4 99 00 22 14
- Zoé / Château | Boutique | bonjour@maison-etoile.example | 04 99 00 22 15

Van der Meer & Zonen B.V. | EUR | https://vandermeer.example | Havenkade 6, 3011 AB, Rotterdam, Netherlands
! transactions
- Pieter / van der Meer | Directeur | pieter@vandermeer.example | +31 10 555 01 10
- Sanne / van der Meer | Inkoop | sanne@vandermeer.example | 010-555 01 11
- Daan / de Vries | Administratie | facturen@vandermeer.example

Pasticceria Sant’Elena S.r.l. | EUR | https://santelena.example | Via del Porto 9, 30122, Venezia, Italy
- Niccolò / Dall’Acqua | Titolare | niccolo@santelena.example | +39 041 555 0170
- Chiara / Zanón | Contabilità | conti@santelena.example | 041 555 0171

Hiša Žbogar d.o.o. | EUR | https://hisa-zbogar.example | Glavni trg 2, 1000, Ljubljana, Slovenia
- Špela / Žbogar | Direktorica | spela@hisa-zbogar.example | +386 1 555 01 40

Kråkan Bryggeri AB | SEK | https://krakan.example | Bryggvägen 1, 903 25, Umeå, Sweden
- Örjan / Kråk | Bryggmästare | orjan@krakan.example | +46 90 555 010
- Linnéa / Ågren | Ekonomi | faktura@krakan.example

Fjordlys Hytter AS | NOK | https://fjordlys.example | Fjordveien 33, 5003, Bergen, Norway
- Ingvild / Bjørnstad | Daglig leder | ingvild@fjordlys.example | +47 55 55 01 20
- Håkon / Lie | Utleie | post@fjordlys.example | 55 55 01 21

Suomen Saunapuu Oy | EUR | https://saunapuu.example | Rantatie 8, 33100, Tampere, Finland
- Päivi / Mäkelä | Toimitusjohtaja | paivi@saunapuu.example | +358 3 555 0130
- Väinö / Hämäläinen | Myynti | myynti@saunapuu.example | 03 555 0131

Çınar Ahşap Ltd. Şti. | EUR | https://cinar-ahsap.example | Liman Cad. 12, 35220, İzmir, Türkiye
- Gülşen / Çınar | Genel Müdür | gulsen@cinar-ahsap.example | +90 232 555 01 10
- İlker / Işık | Muhasebe | muhasebe@cinar-ahsap.example

Stúdíó Norðurljós ehf. | EUR | https://nordurljos.example | Laugavegur 20, 101, Reykjavík, Iceland
- Þórdís / Ægisdóttir | Framkvæmdastjóri | thordis@nordurljos.example | +354 555 0110

Αθηναϊκή Τυπογραφία Α.Ε. | EUR | https://typografia.example | Σταδίου 30, 10559, Αθήνα, Greece
- Κατερίνα / Ζάχου | Προμήθειες | katerina@typografia.example | +30 21 5550 0140
- Στέλιος / Κόκκινος | Λογιστήριο | logistirio@typografia.example | 21 5550 0141

上海晨光文具有限公司 | EUR | https://chenguang.example | 南京路 88, 200001, 上海, China
- 丽 / 王 | 采购 | wangli@chenguang.example | +86 21 5550 0188
- 伟 / 张 | 财务 | caiwu@chenguang.example | 021-55500189

Wren & Hollow Bookbinders | GBP | https://wrenhollow.example | 2 Castle Row, LL57, Bangor, United Kingdom
- Rhys / Pritchard | Partner | rhys@wrenhollow.example | +44 1632 960 210
- Imogen / Hollow | Partner | imogen@wrenhollow.example | 07700 900210

Zimmerei Hölzl & Sohn | EUR | | Dorfplatz 3, 6020, Innsbruck, Austria
- Sepp / Hölzl | Meister | sepp@zimmerei-hoelzl.example | +43 512 555 0110
- Vroni / Hölzl | Büro | sepp@zimmerei-hoelzl.example | 0512/555 0110

Weber <script>alert(1)</script> & Partner | EUR | weber-partner.example | Gang 1, 90762, Fürth, Germany
- Käthe / <b>Weber</b> | =1+1 | kaethe@weber-partner.example | +49 911 66969 0

=HYPERLINK("https://evil.example";"Angebot") | EUR | | Gasse 2, 90762, Fürth, Germany
! inactive
- =SUM(A1:A9) / +Meyer | @cmd | formel@evil.example | -49 911 66969 1
"""
