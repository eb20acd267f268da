"""The words of company names that say little: legal forms, abbreviations, what many are called."""

from __future__ import annotations

from collections.abc import Mapping


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FORMS = _set("""
    gmbh mbh ggmbh ug haftungsbeschraenkt haftungsbeschrankt ag kg kgaa ohg gbr partg partgmbb ev eg egmbh eu
    gesmbh gesbr keg se sce ltd limited plc llp llc lp lc pllc inc incorporated corp corporation co company
    cic cio pty pvt private proprietary pte bhd sdn nl ulc ltee ltda lda sa sau sab sapi sas sasu sarl sarlu
    eurl earl snc sca scs scop gie selarl sci spa srl srls sapa ss sagl scarl soc societa slu sl slne sll scl
    sociedad anonima limitada sprl bvba bv nv vof cvba cv vzw asbl ab hb kb ek as asa ans da ba enk aps is ivs
    amba oy oyj ky ab publ ou tu uab mb sia ik spzoo sp zoo sj spj sk psa sro vos spol as ks doo dd jdoo dno
    ood eood ad ead kft zrt nyrt rt bt kkt srl pfa ooo oao zao pao ao too tov tdv pat prat ip chp ae epe ike
    oe ee eirl eireli me epp mei sac saa kk gk yk godo kaisha kabushiki yugen goshi gomei tbk pt cv fze fzco
    fzllc wll llc bsc saoc saog qsc kscc jsc cjsc pjsc ojsc ojsc nbfc aktiengesellschaft kommanditgesellschaft
    gesellschaft haftung beschraenkter beschrankter aktiebolag aktieselskab anpartsselskab osakeyhtio
    vennootschap besloten naamloze anonyme responsabilite responsabilidad azioni jointstock sh sti ltdsti
    anonim sirketi limitedsirketi jv trust
""")
"""Legal forms as they are left when accents, dots and spaces between single letters are taken out."""

SHORT_FORMS = frozenset(word for word in FORMS if len(word) <= 2) | {"soc", "pat", "ike", "me", "trust"}
"""Those that are words or initials as well: they count at the end or the beginning of a name alone."""

JOINING = _set("""
    and und et e y i en og och ja the der die das le la les el los il lo de des del della di du da dos das of
    fuer fur for von van den zu mit
""")
"""What joins words and tells nothing."""

_GROUPS = """
    international intl internat internacional internazionale internationale int
    technology technologies tech technologie technologien tecnologia tecnologie teknologi
    service services svc svcs serv servicios servizi dienste
    system systems sys systeme sistemi sistemas
    solution solutions soln solns loesungen losungen soluciones soluzioni
    associate associates assoc assocs associati asociados
    group grp gruppe groupe gruppo grupo grupa
    management mgmt mgt
    engineering engr engg engineers
    industry industries inds industrie industria industrias
    university univ universitaet universitat universite
    center centre ctr zentrum centro
    saint st sankt sainte
    brothers bros gebrueder gebruder gebr freres hermanos fratelli flli
    holding holdings hldg hldgs
    partner partners ptnr ptnrs partnership
    laboratory laboratories lab labs labor
    product products prod prods produkte productos
    manufacturing mfg manufacturers manufacturer
    construction constr constructions construcciones costruzioni bau
    electric electrical elec elektro electronics elettronica
    pharmaceutical pharmaceuticals pharma
    development devel dvlpmt developments
    enterprise enterprises entpr
    trading trdg handel handels commerce
    transport transports transportation transporte trasporti
    consulting consultants consultancy consult consultores
    communication communications comm comms
    financial finance finanz finanzas
    insurance ins versicherung
    equipment equip
    national natl nacional nazionale
    american amer
    distribution distributors distrib distr
    marketing mktg
    department dept
    government govt
    hospital hosp
    medical med medizin
    software sw
    network networks netz
    design designs
    logistics logistik logistica logistique
    foods food lebensmittel
    invest investment investments investissements inversiones
    property properties immobilien inmobiliaria
    limited ltd
"""

ABBREVIATED: Mapping[str, str] = {
    word: line.split()[0] for line in _GROUPS.splitlines() if line.strip() for word in line.split()
}
"""Words and how they are shortened, or said elsewhere, by one word for all of them."""

WEAK = _set("international group holding holdings europe european global worldwide deutschland uk usa")
"""What the same company now has in its name, and now has not."""

TRADES = frozenset(ABBREVIATED.values()) - WEAK
"""What very many companies are called beside their own name."""

FREEMAIL = _set("""
    gmail.com googlemail.com yahoo.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk yahoo.co.in
    yahoo.co.jp yahoo.com.br ymail.com rocketmail.com hotmail.com hotmail.de hotmail.fr hotmail.it
    hotmail.es hotmail.co.uk outlook.com outlook.de outlook.fr live.com live.de live.fr live.co.uk
    live.nl msn.com icloud.com me.com mac.com aol.com aim.com gmx.de gmx.net gmx.at gmx.ch gmx.com
    web.de freenet.de t-online.de arcor.de 1und1.de online.de mail.de posteo.de mailbox.org proton.me
    protonmail.com protonmail.ch pm.me tutanota.com tuta.io hushmail.com fastmail.com fastmail.fm
    zoho.com zohomail.com yandex.ru yandex.com ya.ru mail.ru bk.ru list.ru inbox.ru rambler.ru ukr.net
    i.ua meta.ua wp.pl o2.pl onet.pl onet.eu interia.pl op.pl gazeta.pl seznam.cz email.cz centrum.cz
    volny.cz azet.sk zoznam.sk orange.fr wanadoo.fr free.fr sfr.fr laposte.net bbox.fr neuf.fr libero.it
    virgilio.it alice.it tin.it tiscali.it tim.it fastwebnet.it telefonica.net terra.es terra.com.br
    uol.com.br bol.com.br ig.com.br globo.com sapo.pt iol.pt ziggo.nl kpnmail.nl planet.nl xs4all.nl
    hetnet.nl home.nl casema.nl skynet.be telenet.be proximus.be bluewin.ch sunrise.ch hispeed.ch a1.net
    aon.at chello.at telia.com bredband.net spray.se online.no broadpark.no jubii.dk stofanet.dk
    luukku.com kolumbus.fi elisanet.fi btinternet.com sky.com virginmedia.com talktalk.net ntlworld.com
    blueyonder.co.uk comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net
    earthlink.net juno.com mail.com email.com usa.com rogers.com shaw.ca sympatico.ca telus.net
    bigpond.com bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz qq.com 163.com 126.com yeah.net
    sina.com sina.cn sohu.com foxmail.com aliyun.com naver.com daum.net hanmail.net nate.com
    rediffmail.com sify.com indiatimes.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com walla.co.il
    mailinator.com guerrillamail.com
""")
"""Where anybody may have an address: such a domain is no company's."""
