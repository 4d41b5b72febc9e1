"""General questions, by hand: what a model should still know after it learned to read orders.

In `PAIRS` an entry is `key = answer`; the wrong choices are other answers of the same table, so that
no choice stands out by its form. In `CHOICES` an entry is `question = answer / wrong / wrong / wrong`,
where another entry's answer could be right as well.
"""

# topic, question with {}, entries
PAIRS: tuple[tuple[str, str, str], ...] = (
    (
        "capitals",
        "What is the capital of {}?",
        """
        France = Paris; Spain = Madrid; Italy = Rome; Germany = Berlin; Portugal = Lisbon
        Greece = Athens; Austria = Vienna; Ireland = Dublin; Norway = Oslo; Sweden = Stockholm
        Denmark = Copenhagen; Finland = Helsinki; Poland = Warsaw; Hungary = Budapest
        Belgium = Brussels; Russia = Moscow; Ukraine = Kyiv; Turkey = Ankara; Egypt = Cairo
        Kenya = Nairobi; Japan = Tokyo; China = Beijing; Thailand = Bangkok; Cuba = Havana
        Peru = Lima; Chile = Santiago; Canada = Ottawa; Iraq = Baghdad; Iran = Tehran
        the Czech Republic = Prague; South Korea = Seoul; the United Kingdom = London
        """,
    ),
    (
        "opposites",
        'What is the opposite of "{}"?',
        """
        hot = cold; up = down; big = small; fast = slow; day = night; open = closed; happy = sad
        wet = dry; full = empty; hard = soft; high = low; light = dark; long = short; loud = quiet
        new = old; rich = poor; strong = weak; thick = thin; true = false; left = right
        inside = outside; first = last; early = late; near = far; win = lose; buy = sell
        push = pull; begin = end; remember = forget; friend = enemy; love = hate; clean = dirty
        sweet = bitter; cheap = expensive; deep = shallow; narrow = wide; awake = asleep; north = south
        """,
    ),
    (
        "sounds",
        "Which sound does a {} make?",
        """
        dog = woof; cat = meow; cow = moo; sheep = baa; duck = quack; pig = oink; lion = roar
        snake = hiss; frog = croak; bee = buzz; horse = neigh; owl = hoot; rooster = cock-a-doodle-doo
        mouse = squeak
        """,
    ),
    (
        "young animals",
        "What is a young {} called?",
        """
        dog = puppy; cat = kitten; cow = calf; sheep = lamb; horse = foal; duck = duckling; lion = cub
        goat = kid; pig = piglet; bear = cub; kangaroo = joey; goose = gosling; frog = tadpole
        swan = cygnet; owl = owlet
        """,
    ),
    (
        "colours",
        "What colour is {}?",
        """
        fresh grass = green; a ripe banana = yellow; fresh snow = white; a clear daytime sky = blue
        coal = black; a carrot = orange; a ripe strawberry = red; chocolate = brown
        a flamingo = pink; an elephant = grey; an aubergine = purple; an emerald = green
        a ruby = red; a sapphire = blue; an egg yolk = yellow; milk = white; a crow = black
        a ripe pumpkin = orange; a stop sign = red; the trunk of an oak tree = brown
        """,
    ),
    (
        "sums",
        "What is {}?",
        """
        one plus one = two; two plus three = five; three plus four = seven; four plus four = eight
        five plus one = six; six plus three = nine; five plus five = ten; seven plus four = eleven
        six plus six = twelve; two plus two = four; one plus two = three; nine plus four = thirteen
        ten plus five = fifteen; seven plus seven = fourteen; eight plus eight = sixteen
        ten minus three = seven; nine minus five = four; eight minus two = six; six minus five = one
        five minus three = two; twelve minus two = ten; ten minus one = nine; eight minus five = three
        two times three = six; three times three = nine; two times five = ten; four times five = twenty
        three times five = fifteen; two times four = eight; half of ten = five; half of eight = four
        half of twenty = ten; twice six = twelve; twice nine = eighteen
        """,
    ),
    (
        "sayings",
        'Which word completes the saying "{} ..."?',
        """
        an apple a day keeps the doctor = away; better late than = never; practice makes = perfect
        the early bird catches the = worm; actions speak louder than = words; time is = money
        when in Rome, do as the Romans = do; every cloud has a silver = lining; honesty is the best = policy
        don't judge a book by its = cover; two heads are better than = one; beggars can't be = choosers
        the grass is always greener on the other = side; a picture is worth a thousand = words
        curiosity killed the = cat; birds of a feather flock = together; look before you = leap
        you can't have your cake and eat = it; home is where the heart = is; knowledge is = power
        where there's smoke, there's = fire; blood is thicker than = water; many hands make light = work
        too many cooks spoil the = broth; laughter is the best = medicine; out of sight, out of = mind
        the pen is mightier than the = sword; Rome wasn't built in a = day; haste makes = waste
        all that glitters is not = gold; no pain, no = gain; love is = blind; all roads lead to = Rome
        """,
    ),
    (
        "pairs of words",
        'Which word goes with "{} and ..."?',
        """
        salt = pepper; bread = butter; knife = fork; thunder = lightning; black = white; king = queen
        husband = wife; brother = sister; bride = groom; lock = key; needle = thread; cup = saucer
        pen = paper; hammer = nails; fish = chips; bow = arrow; socks = shoes; soap = water; ladies = gentlemen
        supply = demand; law = order; trial = error; cause = effect; Adam = Eve; Romeo = Juliet
        """,
    ),
    (
        "order of things",
        "Which {}?",
        """
        day comes after Monday = Tuesday; day comes after Thursday = Friday
        day comes before Sunday = Saturday; day comes after Tuesday = Wednesday
        day comes before Tuesday = Monday; day comes after Saturday = Sunday
        day comes before Friday = Thursday
        """,
    ),
    (
        "months",
        "Which month comes {}?",
        """
        right after January = February; right after March = April; right after June = July
        right after September = October; right before December = November; right before March = February
        right before June = May; right after July = August; right before April = March
        right after May = June; last in the year = December; first in the year = January
        """,
    ),
    (
        "plurals",
        'What is the plural of "{}"?',
        """
        mouse = mice; child = children; foot = feet; tooth = teeth; goose = geese; man = men
        woman = women; leaf = leaves; knife = knives; wolf = wolves; city = cities; box = boxes
        """,
    ),
    (
        "past tense",
        'What is the past tense of "{}"?',
        """
        go = went; eat = ate; see = saw; run = ran; write = wrote; drink = drank; swim = swam
        take = took; give = gave; buy = bought; think = thought; fly = flew; break = broke; sing = sang
        speak = spoke; teach = taught
        """,
    ),
    (
        "tools",
        "What do you use to {}?",
        """
        cut paper = scissors; drive in a nail = a hammer; see far-away stars = a telescope
        sweep the floor = a broom; unlock a door = a key; tell the time = a clock; dig a hole = a shovel
        measure temperature = a thermometer; tidy your hair = a comb; take photographs = a camera
        stay dry in the rain = an umbrella; sew on a button = a needle; eat soup = a spoon
        find north = a compass; climb to a roof = a ladder; boil water for tea = a kettle
        saw through a plank = a saw; dry yourself after a bath = a towel; weigh flour = scales
        """,
    ),
    (
        "people at work",
        "Who {}?",
        """
        bakes bread for a living = a baker; flies a plane = a pilot; teaches children at school = a teacher
        puts out fires = a firefighter; repairs water pipes = a plumber; cuts hair = a hairdresser
        treats sick animals = a vet; looks after teeth = a dentist; grows crops and keeps cattle = a farmer
        designs houses = an architect; serves food in a restaurant = a waiter; rules a court = a judge
        plays in an orchestra = a musician; writes novels = an author; sells meat = a butcher
        studies the stars = an astronomer; brings letters to your home = a postman; makes clothes to measure = a tailor
        """,
    ),
    (
        "languages",
        "Which language do most people in {} speak?",
        """
        Brazil = Portuguese; Mexico = Spanish; Austria = German; Egypt = Arabic; Australia = English
        Japan = Japanese; Russia = Russian; Greece = Greek; Turkey = Turkish; Sweden = Swedish
        Poland = Polish; Italy = Italian; France = French; Vietnam = Vietnamese; Hungary = Hungarian
        """,
    ),
    (
        "senses",
        "Which part of the body {}?",
        """
        do you see with = the eyes; do you hear with = the ears; do you smell with = the nose
        pumps blood = the heart; digests food = the stomach; do you think with = the brain
        do you breathe with = the lungs; do you chew with = the teeth; do you stand on = the feet
        """,
    ),
)

CHOICES: tuple[tuple[str, str], ...] = (
    (
        "everyday facts",
        """
        How many days are in a week? = seven / five / six / ten
        How many months are in a year? = twelve / ten / eleven / thirteen
        How many legs does a spider have? = eight / six / four / ten
        How many legs does an insect have? = six / eight / four / ten
        How many minutes are in an hour? = sixty / thirty / fifty / a hundred
        How many wheels does a bicycle have? = two / three / four / six
        How many sides does a triangle have? = three / four / five / six
        How many corners does a square have? = four / three / five / eight
        How many things are in a dozen? = twelve / ten / six / twenty
        How many hours are in a day? = twenty-four / twelve / twenty / thirty
        How many letters has the English alphabet? = twenty-six / twenty-four / thirty / twenty
        How many years are in a century? = a hundred / ten / fifty / a thousand
        What do bees make? = honey / milk / jam / bread
        What is frozen water called? = ice / steam / sand / glass
        What is hot water vapour called? = steam / snow / smoke / ice
        What falls from clouds in winter? = snow / sand / leaves / stones
        What does a plant need to grow? = sunlight / darkness / plastic / salt
        What gas do people need to breathe? = oxygen / helium / hydrogen / neon
        What do you call molten rock from a volcano? = lava / mud / coal / chalk
        Which star is closest to the Earth? = the Sun / Sirius / Polaris / Vega
        Which planet do we live on? = Earth / Mars / Venus / Jupiter
        Which planet is famous for its rings? = Saturn / Mercury / Mars / Venus
        Which planet is closest to the Sun? = Mercury / Neptune / Saturn / Jupiter
        Which is the largest planet of the solar system? = Jupiter / Mars / Earth / Mercury
        What circles the Earth and shines at night? = the Moon / Mars / the Sun / a cloud
        What do caterpillars turn into? = butterflies / spiders / bees / worms
        What do tadpoles turn into? = frogs / fish / snakes / birds
        What is the hardest natural material? = diamond / gold / chalk / wood
        Which metal do magnets attract? = iron / gold / copper / silver
        What do you call a baby's bed? = a crib / a sofa / a desk / a stool
        What is bread mainly made from? = flour / rice / sugar / cheese
        What is cheese made from? = milk / flour / honey / rice
        What is wine made from? = grapes / apples / potatoes / oranges
        What is paper mostly made from? = wood / stone / iron / wool
        What is glass made from? = sand / clay / coal / salt
        Where does wool come from? = sheep / cows / pigs / hens
        Where do eggs for breakfast usually come from? = hens / cows / sheep / goats
        What do cows eat? = grass / meat / fish / stones
        What do pandas mainly eat? = bamboo / fish / bread / meat
        In which direction does the sun rise? = in the east / in the west / in the north / in the south
        In which direction does the sun set? = in the west / in the east / in the north / in the south
        In which season do leaves fall? = autumn / spring / summer / winter
        Which season is the coldest? = winter / summer / autumn / spring
        Which season is the hottest? = summer / winter / autumn / spring
        At what temperature does water freeze in degrees Celsius? = zero / ten / fifty / a hundred
        At what temperature does water boil in degrees Celsius? = a hundred / ten / fifty / zero
        What is the meal in the morning called? = breakfast / lunch / dinner / supper
        What is the meal at midday called? = lunch / breakfast / supper / dessert
        """,
    ),
    (
        "homes",
        """
        Where does a bee live? = in a hive / in a web / in a kennel / in the sea
        Where does a spider wait for flies? = in a web / in a hive / in a stable / in a kennel
        Where does a fish live? = in water / in a nest / in a hive / in the sky
        Where does a dog sleep in the garden? = in a kennel / in a hive / in a web / in a stable
        Where does a farmer keep a horse? = in a stable / in a hive / in a web / in a nest
        Where does a bird lay its eggs? = in a nest / in a web / in a kennel / in a hive
        Where does a polar bear live? = in the Arctic / in the desert / in a hive / in Africa
        Where does a penguin live? = in Antarctica / in the desert / in a stable / in Canada
        Where does a king live? = in a palace / in a nest / in a stable / in a tent
        Where does a monk live? = in a monastery / in a nest / in a palace / in a kennel
        """,
    ),
    (
        "the world",
        """
        Which is the largest ocean? = the Pacific / the Atlantic / the Indian Ocean / the Arctic
        Which is the highest mountain on Earth? = Mount Everest / Mont Blanc / Kilimanjaro / Mount Fuji
        On which continent is Egypt? = Africa / Asia / Europe / South America
        On which continent is Brazil? = South America / Africa / Asia / Europe
        On which continent is China? = Asia / Africa / Europe / Australia
        On which continent is Spain? = Europe / Asia / Africa / Australia
        On which continent is Kenya? = Africa / Europe / Asia / South America
        On which continent is India? = Asia / Europe / Africa / South America
        On which continent is Canada? = North America / South America / Europe / Asia
        Which country has the shape of a boot? = Italy / Spain / Norway / Greece
        Which country is famous for its pyramids? = Egypt / Norway / Canada / Poland
        In which city is the Eiffel Tower? = Paris / London / Rome / Madrid
        In which city is Big Ben? = London / Paris / Dublin / New York
        In which city is the Statue of Liberty? = New York / Chicago / Boston / London
        In which city is the Colosseum? = Rome / Athens / Paris / Cairo
        In which country is the Great Wall? = China / Japan / India / Mongolia
        In which country is the Taj Mahal? = India / China / Egypt / Iran
        Which river flows through Egypt? = the Nile / the Amazon / the Danube / the Rhine
        Which river flows through London? = the Thames / the Seine / the Nile / the Danube
        Which river flows through Paris? = the Seine / the Thames / the Rhine / the Volga
        Where do kangaroos come from? = Australia / Africa / Europe / Canada
        Which country is sushi from? = Japan / Italy / Mexico / France
        Which country is pizza from? = Italy / Japan / China / Sweden
        Which country are tacos from? = Mexico / Italy / Russia / India
        What is the currency of Japan? = the yen / the dollar / the euro / the pound
        What is the currency of the United States? = the dollar / the yen / the euro / the pound
        What is the currency of Germany? = the euro / the yen / the dollar / the rouble
        Who wrote "Romeo and Juliet"? = Shakespeare / Dickens / Tolstoy / Homer
        Who painted the Mona Lisa? = Leonardo da Vinci / Picasso / Van Gogh / Rembrandt
        Who was the first person on the Moon? = Neil Armstrong / Yuri Gagarin / Charles Darwin / Albert Einstein
        """,
    ),
    (
        "kinds of things",
        """
        Which of these is a fruit? = apple / carrot / potato / onion
        Which of these is a vegetable? = carrot / banana / cherry / apple
        Which of these is a bird? = eagle / trout / lizard / rabbit
        Which of these is a fish? = salmon / sparrow / rabbit / beetle
        Which of these is an insect? = ant / robin / trout / horse
        Which of these is a tree? = oak / tulip / moss / rose
        Which of these is a flower? = tulip / oak / spruce / pine
        Which of these is a metal? = iron / wood / glass / cotton
        Which of these is a musical instrument? = violin / ladder / pillow / bottle
        Which of these is a colour? = purple / square / seven / loud
        Which of these is a shape? = triangle / purple / Monday / heavy
        Which of these is a day of the week? = Friday / April / winter / morning
        Which of these is a month? = April / Sunday / autumn / evening
        Which of these is a season? = spring / Tuesday / midnight / March
        Which of these is a country? = Portugal / London / Africa / Amazon
        Which of these is a planet? = Mars / Paris / Nile / Everest
        Which of these is a drink? = lemonade / sandwich / pancake / omelette
        Which of these is a tool? = hammer / pillow / carpet / candle
        Which of these is clothing? = trousers / saucepan / blackboard / bicycle
        Which of these is furniture? = sofa / shirt / spoon / bicycle
        Which of these is a vehicle? = lorry / cupboard / curtain / pencil
        Which of these is a sport? = tennis / cooking / sleeping / painting
        Which of these is a mammal? = whale / shark / eagle / frog
        Which of these is a reptile? = crocodile / dolphin / pigeon / spider
        Which of these is a number? = eleven / yellow / Sunday / quickly
        Which of these is a language? = Spanish / Madrid / Europe / Pacific
        Which of these is a board game? = chess / football / swimming / skiing
        Which of these is made by a bird? = nest / web / hive / burrow
        Which of these is a dairy product? = butter / bacon / bread / honey
        Which of these is a part of a car? = engine / saddle / sail / pillow
        """,
    ),
    (
        "comparing",
        """
        Which animal is the largest? = elephant / mouse / dog / cat
        Which animal is the smallest? = ant / horse / cow / sheep
        Which animal is the fastest? = cheetah / tortoise / snail / cow
        Which animal is the slowest? = snail / horse / rabbit / lion
        Which animal has the longest neck? = giraffe / pig / bear / lion
        Which animal has a trunk? = elephant / zebra / tiger / camel
        Which animal has black and white stripes? = zebra / lion / camel / fox
        Which animal has a hump? = camel / horse / tiger / giraffe
        Which animal lays eggs? = hen / cow / dog / sheep
        Which animal gives us milk? = cow / hen / lion / wolf
        Which animal can fly? = pigeon / horse / pig / crocodile
        Which animal lives in the sea? = shark / camel / squirrel / giraffe
        Which animal is known as the king of beasts? = lion / rabbit / hen / mouse
        Which animal barks? = dog / cat / cow / duck
        Which animal spins a web? = spider / bee / ant / mouse
        Which animal is man's best friend? = dog / shark / wolf / snake
        Which thing is the heaviest? = a lorry / a feather / a pencil / a shoe
        Which thing is the lightest? = a feather / a brick / a piano / a car
        Which thing is the hottest? = the sun / an ice cube / a snowman / cold milk
        Which thing is the coldest? = ice / soup / tea / fire
        Which number is the largest? = ninety / nine / nineteen / twelve
        Which number is the smallest? = two / twenty / twelve / thirty
        Which number is even? = eight / seven / nine / eleven
        Which number is odd? = seven / six / eight / ten
        Which distance is the longest? = a kilometre / a metre / a centimetre / a millimetre
        Which span of time is the longest? = a year / a week / a day / an hour
        Which span of time is the shortest? = a second / a minute / an hour / a day
        Which weight is the greatest? = a tonne / a kilogram / a gram / a milligram
        Which thing can you eat? = a sandwich / a hammer / a chair / a window
        Which thing floats on water? = a cork / a brick / an anchor / a coin
        """,
    ),
    (
        "what to say",
        """
        What do you say when you meet somebody in the morning? = good morning / good night / goodbye / happy birthday
        What do you say before you go to sleep? = good night / good morning / cheers / welcome
        What do you say when somebody gives you a present? = thank you / goodbye / sorry / good night
        What do you say when you have hurt somebody? = sorry / thank you / welcome / congratulations
        What do you say when somebody sneezes? = bless you / good night / goodbye / cheers
        What do you say when you leave? = goodbye / hello / bless you / welcome
        What do you say on the first of January? = happy new year / merry Christmas / good night / bless you
        What do you say to somebody who passed an exam? = congratulations / sorry / good night / bless you
        What do you call your mother's mother? = grandmother / aunt / cousin / niece
        What do you call your father's brother? = uncle / nephew / grandfather / cousin
        What do you call your sister's son? = nephew / uncle / cousin / grandson
        What do you call your uncle's child? = cousin / brother / aunt / nephew
        """,
    ),
)
