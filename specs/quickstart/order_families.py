"""The template families of the quickstart's orders: how customers write, by hand.

A family is one way of writing to the bakery. No family stands in two splits, so the test asks for
ways of writing that training never showed. A line is `kind channel name: pattern`; `shared` behind
the name gives all products one quantity, `upper` writes in capitals, and behind `=>` stands the same
message in other words, where it is no order. The notation of a pattern, which `order_text` renders:

* `[this|that|]` is one of the alternatives; they do not nest.
* `{a}` to `{c}` are the products that the customer wants in the end, `{x}` and `{y}` are products
  that are only mentioned. Alone, a slot is a quantity with its product ("two dozen bagels"). With
  a form it is a part: `.n` the quantity in figures or words, `.d` in figures, `.p` the product,
  plural, `.s` singular, `.w` a wrong quantity that the customer corrects, `.l` and `.r` two parts
  that sum to the quantity, `.k` and `.j` two factors, `.h` half, `.t` twice, `.u` less `.v` the
  quantity.
* `{day}` is the day that counts, `{oldday}` a day that does not. `{who}`, `{count}`, `{age}`,
  `{hour}` and `{house}` are a name and numbers that belong to no order.

What the JSON holds follows from the slots that were rendered: `a` to `c` with their quantities, and
`{day}`. A family of kind `not_an_order` uses neither.
"""

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "select", "test"]


@dataclass(frozen=True, slots=True)
class Family:
    """One way of writing.

    Attributes:
        name: Also the value of `template` in the rows, the cluster of the analysis.
        kind: plain, arithmetic, correction, distraction or not_an_order.
        channel: email, chat, phone, note or form.
        pattern: What the customer writes.
        again: The same in other words, where it is no order; empty for an order, whose second
            wording is built from its JSON.
        shared: All products have the same quantity.
        upper: Written in capitals.
    """

    name: str
    kind: str
    channel: str
    pattern: str
    again: str
    shared: bool
    upper: bool


def _family(line: str) -> Family:
    head, _, text = line.partition(": ")
    kind, channel, name, *marks = head.split()
    pattern, _, again = text.partition(" => ")
    return Family(name, kind, channel, pattern, again, "shared" in marks, "upper" in marks)


def _families(table: str) -> tuple[Family, ...]:
    return tuple(_family(line) for line in table.splitlines() if line)


TRAIN = """
plain email put-aside: [Hello|Hi|Good morning], could you please put aside {a} and {b} for {day}? [Many thanks|Thank you], {who}
plain chat quick: hey can i get {a} [pls|please][ for {day}|]
plain phone speaking: Yes hello, this is {who} speaking, I'd like to order {a}, {b} and {c}[, for {day},|] please.
plain note need: need {a} + {b}. [{day}|asap]
plain form fields: Product: {a.p} / Amount: {a.d} / Wanted on: [{day}|no preference]
plain email breakfast: We are having a team breakfast with {count} colleagues and would like {a}, {b} and {c} delivered on {day}. [Best|Kind] regards, {who}
plain chat well-take: we'll take {a} and {b} [on {day}|whenever you can], cheers
plain phone umm: Um, so, I need, uh, {a}, and, let me see, {b}. [{day} would be good.|That is all.]
plain note times: {a.d}x {a.s}, {b.d}x {b.s}, {c.d}x {c.s}[ - {day}|]
plain form semicolons: {a.p}: {a.d}; {b.p}: {b.d}; delivery: [{day}|open]
plain email subject: Subject: order for {day}. Dear bakery, {a}, please. Regards, {who}
plain chat starving: starving over here lol, send {a} and {b} to {house} mill lane
plain phone grandchildren: My {count} grandchildren are visiting, so {a} it is, and {b} as well, please[, on {day}|].
plain note errand: Bakery run[ on {day}|]: {a}, {b}, {c}
plain email billing: Please bill our office at {house} Station Road. We require {a} and {b}[ by {day}|].
plain phone turning: My daughter turns {age}, so we would like {a} for her party. We will fetch them on {day}.
plain form equals: name={who}, day={day}, item={a.s}, qty={a.d}, item={b.s}, qty={b.d}
plain chat smile: [morning|evening] :) for {day} please: {a}, {b}
plain email price-list: I saw your price list. {a} at the listed price, that sounds fair, so please send them[ on {day}|]. {who}
plain note for-name: for {who}: {a} ([{day}|any day])
plain phone come-round: I'll come round at {hour} on {day} to pick up {a}, if that suits you. Oh, {b} too, please.
plain email nothing-else: Just {a} this time, nothing else, thanks. [{day} is fine.|No hurry.] {who}
plain chat run-together: {a} {b} {c} [{day}|thx]
plain form articles: Quantity {a.d}, article {a.s}. Quantity {b.d}, article {b.s}. Remarks: ring twice at door {house}.
plain email of-the: Of the {a.p} we need {a.n}, of the {b.p} {b.n}. Delivery [on {day}|at any time], please.
plain phone long-week: You would not believe the week we had, but anyway, the reason I call is {a} for {day}.
plain note reminder: Don't forget!! {day}: order {a} and {b} for {who}
plain form table: Item | Count | {a.s} | {a.d} | {b.s} | {b.d} | {c.s} | {c.d} | end

arithmetic note each-list shared: {a.n} each: {a.p}, {b.p}, {c.p}
arithmetic email same-number shared: Please prepare {a.n} {a.p} and the same number of {b.p} for {day}.
arithmetic chat for-me: {a.l} {a.p} for me and {a.r} more {a.p} for my [neighbour|sister|boss]
arithmetic note boxes: {a.k} boxes with {a.j} {a.p} in each[, {day}|]
arithmetic phone add-more: {a.l} {a.p}, then add {a.r} more. [{day}, please.|]
arithmetic chat double: {a.h} {a.p}.. actually double it[, for {day}|]
arithmetic form both shared: Goods: {a.p} and {b.p}. Pieces of both: {a.d}. Day: {day}.

correction chat make-that: {a.w} {a.p} please. no wait, make that {a.n}[. {day} btw|]
correction phone scratch: I'd like {a}, {b} and some {x.p}. Actually, scratch the {x.p}.
correction email second-thought: On second thought we need {a.n} {a.p} rather than {a.w}, and {b} as before. [Delivery on {day}.|The rest is unchanged.]
correction note crossed-out: {a.w} {a.p} (crossed out) {a.n} {a.p}, {b}
correction chat oops: {a} for {oldday}... oops i meant {day}
correction phone hang-on: Give me {a.w} {a.p}, hang on, my wife says {a.n}, and {b}.
correction email correction-line: Correction to my last message: {a.n} {a.p}, not {a.w}. [Still for {day}.|Sorry about that.]
correction chat swap: {x} and {b}, or no, swap the {x.p} for {a}
correction phone i-mean: {a.w} {a.p}, sorry, I said {a.w} but I mean {a.n}. For {day}.
correction form replaces: Replaces earlier order of {x}. New order: {a}, {b}. Day: [{day}|open].
correction note wrong-it-is: {a.w} {a.p}, wrong, it is {a.n}! + {b}
correction email moved: Our event has moved from {oldday} to {day}, so please bring all of it then: {a} and {b}.
correction chat forget: {a} and {x}. hmm forget the {x.p}, too sweet
correction phone instead: Instead of the {x.p} I'd rather have {a}, and keep {b}.
correction phone another-day: {a}, please, for {oldday}. No, we are away then, let's say {day}.

distraction email last-time: Last time you brought {x}; this time we would like {a} and {b}[, on {day}|].
distraction phone none-for-us: No {x.p} for us, thank you, only {a}. [For {day}.|]
distraction chat loved: loved the {x.p} last week! could you do {a} for {day}
distraction form sold-out: Sold out: {x.p}. In basket: {a}, {b}. Chosen day: {day}.

not_an_order email opening-hours: What are your opening hours on {oldday}? [Kind regards, {who}|Thanks] => Could you tell me when you open on {oldday}? {who}
not_an_order chat thanks: thanks for the {x.p}, they were [great|lovely|perfect]!! => those {x.p} were so good, thank you
not_an_order phone stale: I am calling because the {x.p} I bought [on {oldday}|from you] were stale. => Hello, I have to complain: your {x.p} were not fresh at all.
not_an_order email comparing: How much would {x} cost? I am only comparing prices for now. {who} => Please tell me the price of {x}. I have not decided anything yet. {who}
not_an_order form allergy: Question: do your {x.p} contain [nuts|milk|eggs]? From: {who}. => Contact form, allergy question about {x.p}. From: {who}.
not_an_order note closed: Bakery closed on {oldday}, ask {who} about the key => {who} has the key, shop is shut {oldday}
not_an_order chat wrong-number: is this still {who}'s number? it's about {oldday} => hi is that {who}? wanted to talk about {oldday}
not_an_order phone cancel: Please cancel my order of {x}, we do not need anything any more. => I ordered {x}, but please cancel everything.
not_an_order email apply: I would like to apply as a baker. I can start on {oldday}. {who} => Is the baker's job still open? I am free from {oldday}. {who}
not_an_order chat curious: do you guys even sell {x.p}? just curious => was just wondering if you have {x.p} at all
not_an_order email recipe: May I have the recipe of your {x.p}? I would love to try it at home. {who} => Would you share how you make your {x.p}? {who}
not_an_order chat picture: posted a pic of your {x.p}, {count} likes already haha => my photo of the {x.p} has {count} likes
not_an_order note staff-meeting: staff meeting {oldday} {hour} h, room {house}, bring your own mug => all staff meet in room {house}, {oldday} at {hour}
not_an_order phone flour-mill: Hello, this is {who} from the flour mill, our lorry is late and will come on {oldday}. => The flour comes on {oldday}, says {who} from the mill.
not_an_order email billed-twice: I see {x} twice on my bill. Please pay one of them back. {who} => My bill names {x} two times, which is once too often. {who}
not_an_order form rating: Rating: {count} of 15 stars. Comment: the {x.p} were too [dry|sweet|small]. => {count} of 15 stars for the {x.p}.
not_an_order phone nothing-this-week: Nothing for us this week, thank you, we still have {x} from {oldday}. => We have {x} left over, so we do not need anything.
"""

SELECT = """
plain email treat: It is my turn to treat the office: {a} and {b}, please, on {day}. {who}
plain chat one-quick-thing: sup, 1 quick thing: {a}[ for {day}|], ok?
plain phone listen: Listen carefully, I only say it once: {a}, {b}, and then {c}.
plain note arrow: {day} -> {a.p} {a.d}, {b.p} {b.d}
plain form basket: Web shop basket contains {a.d} {a.p} and {b.d} {b.p}. Desired day: {day}.

arithmetic chat apiece shared: {a.p} n {b.p}, {a.n} apiece[, {day}|], thx

correction phone or-rather: {a.w} {a.p}, or rather {a.n}, and {b}.
correction email drop: Yesterday I asked for {a} and {x}. Please drop the {x.p}, the rest stays[ for {day}|].

not_an_order email classes: Do you offer baking classes on {oldday}? {who} => I am interested in learning to bake. Is there a class on {oldday}? {who}
not_an_order chat news: just saw your {x.p} on the news, congrats!! => you and your {x.p} were on tv, well done
"""

TEST = """
plain email fundraiser: The school fundraiser needs feeding! Kindly set us up with {a}, {b} and {c}, everything at the gate on {day}.
plain chat yo: yo bakery people!! {a} n {b} [4 {day}|thats it], k?
plain phone voicemail: Message left at {hour} o'clock: it's {who} from number {house}, and I'm after {a} along with {b}. [{day} suits me best.|Bye now.]
plain note till: stuck on the till: {who} wants {a}, also {b}
plain form units: units {a.d} sku {a.s} // units {b.d} sku {b.s} // slot [{day}|none]
plain email hereby: To whom it may concern: our canteen hereby orders {a}, {b} and {c} for [delivery|collection] on {day}. Purchase number {house}.
plain chat dreaming: been dreaming of your {a.p} all day.. {a.n} of them plus {b} should fix it
plain phone bad-eyes: Dear, my eyes are bad and I cannot write, but would you be so kind as to bake me {a}? And my sister will have {b}.
plain note calendar: wall calendar, {day}, church hall: {a} & {b}
plain email hosting: On {day} I host {count} guests, which is why I am writing. My list comes to {a}, {b} and {c}.
plain form fax upper: Fax. Deliver [{day}|any morning]: {a}, {b}. Signed {who}.
plain chat voted: ok so we voted, {count} people in, result is {a}, {b}, {c}. {day} at {hour}
plain phone as-in: That's {a.p}, like in the advert, {a.n} of them. [{day}, if you would.|At your leisure.]
plain email postscript: We count on {a} from you on {day}. PS: my neighbour asks for {b} in the same delivery.
plain note brackets: {a.s} ({a.d}) {b.s} ({b.d}) {c.s} ({c.d})
plain phone reserve: Is it too late to reserve {a}? I would also grab {b} while I am in the shop[ on {day}|].

arithmetic chat of-each shared: one order over here: {a.p} and {b.p}, {a.n} of each[, {day}|]
arithmetic phone trays: We take {a.k} trays, and every tray should hold {a.j} {a.p}.
arithmetic email colleague: Put me down for {a.l} {a.p}. My colleague {who} wants {a.r} of them as well, so pack it all together[ for {day}|].
arithmetic note exactly-half: planned {a.t} {a.p}, now exactly half of that[, {day}|]
arithmetic phone take-off: My list says {a.u} {a.p}, but take {a.v} off, we are fewer than planned. [{day}, please.|]

correction phone strike: {a.w} {a.p}... strike that, {a.n}. And {b} too.
correction chat asterisk: {a.w} {a.p} for {day} // *{a.n}, typo
correction email disregard: Kindly disregard the {x.p} in my note from this morning. What we do want is {a} and {b}[ on {day}|].
correction phone come-to-think: Put down {x} and {a}. Come to think of it, leave out the {x.p}.
correction chat bad-day: can you bring {a} {oldday}? ugh no, {oldday} is bad, {day} works
correction note struck: {a}, ~~{x}~~, {b}
correction email amend: I must amend our order: where it says {a.w} {a.p}, please read {a.n}. Nothing changes about {b}[ or about {day}|].
correction chat mum-says: was gonna get {a.w} {a.p} but mum says do {a.n}
correction form revision: Rev 1: {a.w} {a.p}. Rev 2 (valid): {a.n} {a.p}, {b.n} {b.p}. Ship [{day}|when ready].
correction email rescheduled: Could the van come on {day} and not on {oldday} as agreed? It is {a} and {b}, reference {house}.
correction phone recount: So that is {a.w} {a.p}, let me count heads again, no, {a.n}. {day}, yes.

distraction chat raving: {who} had your {x.p} and wont stop raving about it. anyway i need {a}
distraction phone doctor: My doctor forbids me {x.p}, so {a} for this old man, [{day}, if possible|that is all].
distraction note have-need: have: {x}. still need: {a}, {b}
distraction phone not-paying: He wants {x}, but he isn't paying, so it will be {a}, please.

not_an_order email wedding: Your {x.p} were the talk of our wedding. With gratitude, {who} => Everybody at the wedding praised your {x.p}. Yours, {who}
not_an_order chat parking: can i park in front of the shop on {oldday} around {hour}? => is there parking near you {oldday} at {hour}
not_an_order phone umbrella: I think I left my [umbrella|scarf|hat] in your shop on {oldday}, it is a [blue|red|green] one. => Did anybody find something of mine in the shop on {oldday}?
not_an_order email vegan: Are the {x.p} suitable for vegans, and which of your {y.p} are baked without eggs? => Which is vegan, the {x.p} or the {y.p}, or neither?
not_an_order note repair: oven {count} broken, technician {who} comes {oldday} at {hour} => {who} will fix oven {count}, {oldday} {hour} h
not_an_order phone off-the-list: It's {who}. We won't be needing the {x.p} after all, so take us off the list for {oldday}. => This is {who}, we called about {x.p} for {oldday}. Drop the whole thing, please.
not_an_order form newsletter: Newsletter sign-up. Name: {who}. Interests: {x.p}, {y.p}. => {who} subscribes to news about {x.p} and {y.p}.
not_an_order chat overcharged: you overcharged me for {x} on {oldday}, check the receipt => the receipt from {oldday} is wrong, {x} cant cost that much
"""

FAMILIES: dict[Split, tuple[Family, ...]] = {
    "train": _families(TRAIN),
    "select": _families(SELECT),
    "test": _families(TEST),
}
