// Citations: the places that a text of an answer refers to. Parts of a citation that are not needed may be left out.
import * as Schema from "effect/Schema"
import { checked, LenientUnion, nullable, type UnknownMember, type Wire } from "./checked.ts"

const documentFields = {
  cited_text: Schema.String,
  document_index: Schema.Finite,
  document_title: nullable(Schema.String),
  file_id: nullable(Schema.String)
}

const charLocationCitation = Schema.Struct({
  type: Schema.Literal("char_location"),
  ...documentFields,
  start_char_index: Schema.Finite,
  end_char_index: Schema.Finite
})

/**
 * A citation of characters of a plain text document. Indexes start at 0. The end is exclusive.
 *
 * @category models
 * @since 0.1.0
 */
export interface CharLocationCitation extends Schema.Schema.Type<typeof charLocationCitation> {}

const pageLocationCitation = Schema.Struct({
  type: Schema.Literal("page_location"),
  ...documentFields,
  start_page_number: Schema.Finite,
  end_page_number: Schema.Finite
})

/**
 * A citation of pages of a PDF. Page numbers start at 1. The end is exclusive.
 *
 * @category models
 * @since 0.1.0
 */
export interface PageLocationCitation extends Schema.Schema.Type<typeof pageLocationCitation> {}

const contentBlockLocationCitation = Schema.Struct({
  type: Schema.Literal("content_block_location"),
  ...documentFields,
  start_block_index: Schema.Finite,
  end_block_index: Schema.Finite
})

/**
 * A citation of blocks of a document that was given as content. Indexes start at 0. The end is exclusive.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContentBlockLocationCitation extends Schema.Schema.Type<typeof contentBlockLocationCitation> {}

const searchResultLocationCitation = Schema.Struct({
  type: Schema.Literal("search_result_location"),
  cited_text: Schema.String,
  search_result_index: Schema.Finite,
  source: Schema.String,
  title: nullable(Schema.String),
  start_block_index: Schema.Finite,
  end_block_index: Schema.Finite
})

/**
 * A citation of blocks of a search result. Indexes start at 0. The end is exclusive.
 *
 * @category models
 * @since 0.1.0
 */
export interface SearchResultLocationCitation extends Schema.Schema.Type<typeof searchResultLocationCitation> {}

const webSearchResultLocationCitation = Schema.Struct({
  type: Schema.Literal("web_search_result_location"),
  cited_text: Schema.String,
  url: Schema.String,
  title: nullable(Schema.String),
  encrypted_index: Schema.String
})

/**
 * A citation of a web page that a search found.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebSearchResultLocationCitation extends Schema.Schema.Type<typeof webSearchResultLocationCitation> {}

/**
 * A place that a text of an answer refers to. One that this version cannot read is `{ type: "unknown", raw }`.
 *
 * @category models
 * @since 0.1.0
 */
export type Citation =
  | CharLocationCitation
  | PageLocationCitation
  | ContentBlockLocationCitation
  | SearchResultLocationCitation
  | WebSearchResultLocationCitation
  | UnknownMember

/**
 * The schema of a citation.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Citation: Wire<Citation> = checked(
  "Citation",
  LenientUnion([
    charLocationCitation,
    pageLocationCitation,
    contentBlockLocationCitation,
    searchResultLocationCitation,
    webSearchResultLocationCitation
  ])
)
