// The data of the batch example: reviews of products, and how a person classified each of them.
export type Sentiment = "positive" | "negative" | "mixed"

export interface Review {
  readonly id: string
  readonly text: string
  readonly sentiment: Sentiment
}

const products: { readonly [product: string]: ReadonlyArray<readonly [Sentiment, string]> } = {
  kettle: [
    ["positive", "Boils a litre before I have found the tea. Quiet, too."],
    ["negative", "The lid came off in my hand on the second day."],
    ["mixed", "Lovely to look at, but the handle gets far too hot."],
    ["positive", "Third one in ten years, and only because I wanted the blue."],
    ["negative", "Leaves rust at the bottom whatever I do."],
    ["positive", "My grandmother uses it every day without help."]
  ],
  backpack: [
    ["positive", "Carried it through Iceland in the rain and the laptop stayed dry."],
    ["mixed", "Plenty of room, though the zips need two hands."],
    ["negative", "A strap tore at the airport. Never again."],
    ["positive", "Fits under every seat I have sat on so far."],
    ["mixed", "Comfortable for a day, less so for a week."],
    ["negative", "It smelled of glue for a month."]
  ],
  headphones: [
    ["positive", "I heard the second violins for the first time."],
    ["negative", "The left side went silent after a fortnight."],
    ["positive", "Battery from Monday to Friday, as they promise."],
    ["mixed", "Great sound, hopeless microphone."],
    ["positive", "They survived my children."],
    ["negative", "Pairing takes longer than my commute."]
  ],
  lamp: [
    ["positive", "Warm light, no hum, and the switch is where you look for it."],
    ["mixed", "Good lamp, but the cable is a metre too short."],
    ["negative", "It flickers when the fridge starts."],
    ["positive", "Bought one, came back for two more."],
    ["positive", "Bright enough for sewing at night."],
    ["mixed", "The dimmer works, if you have an hour."]
  ],
  tent: [
    ["positive", "Stood through a storm that took the neighbours' one."],
    ["negative", "Sold as waterproof. It is not."],
    ["mixed", "Up in five minutes, down in fifty."],
    ["positive", "Room for four and a wet dog."],
    ["negative", "Two poles were missing, and nobody answers the phone."],
    ["positive", "Light enough that I forgot I had it with me."]
  ],
  notebook: [
    ["positive", "The paper takes ink without feathering."],
    ["mixed", "Fine paper in a cover that will not stay shut."],
    ["negative", "Pages fall out once you open it flat."],
    ["positive", "My fourth, all of them full."],
    ["positive", "Exactly as pictured."],
    ["negative", "It arrived with somebody's shopping list in it."]
  ]
}

export const reviews: ReadonlyArray<Review> = Object.entries(products).flatMap(([product, written]) =>
  written.map(([sentiment, text], index) => ({ id: `${product}-${index + 1}`, text, sentiment }))
)
