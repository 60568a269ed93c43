// Facts about media types: their other names, and the types of extensions that the usual registry lacks or has wrong.
// Which types the API takes as which block: https://platform.claude.com/docs/en/build-with-claude/files.

/** The block that the API takes a stored type as; every other type is a `container_upload`. */
export const blocks: ReadonlyMap<string, "document" | "image"> = new Map([
  ["application/pdf", "document"],
  ["text/plain", "document"],
  ["image/gif", "image"],
  ["image/jpeg", "image"],
  ["image/png", "image"],
  ["image/webp", "image"]
])

const words = (text: string): ReadonlyArray<string> => text.trim().split(/\s+/)

const table = (entries: { readonly [value: string]: string }): ReadonlyMap<string, string> =>
  new Map(Object.entries(entries).flatMap(([value, keys]) => words(keys).map((key) => [key, value] as const)))

/** The usual names of types, by their other names. */
export const aliases = table({
  "application/gzip": "application/x-gzip application/x-gunzip application/gzipped application/gzip-compressed",
  "application/json": "application/x-json text/json text/x-json",
  "application/msword": "application/word application/x-msword application/x-word application/vnd.msword",
  "application/pdf":
    "application/x-pdf application/acrobat application/vnd.pdf applications/vnd.pdf text/pdf text/x-pdf",
  "application/vnd.ms-excel":
    "application/excel application/msexcel application/x-excel application/x-msexcel application/x-ms-excel",
  "application/vnd.ms-powerpoint": "application/mspowerpoint application/powerpoint application/x-mspowerpoint",
  "application/xml": "application/x-xml text/x-xml",
  "application/zip":
    "application/x-zip application/x-zip-compressed application/zip-compressed multipart/x-zip application/x-compressed-zip",
  "image/gif": "image/x-gif image/x-citrix-gif",
  "image/jpeg":
    "image/jpg image/pjpeg image/x-jpeg image/x-jpg image/jpe_ image/jp_ image/x-citrix-jpeg application/jpg application/x-jpg",
  "image/png": "image/x-png image/x-citrix-png application/png application/x-png",
  "image/webp": "image/x-webp",
  "text/csv": "application/csv application/x-csv text/x-csv text/comma-separated-values text/x-comma-separated-values",
  "text/markdown": "text/x-markdown application/markdown application/x-markdown text/md text/x-web-markdown",
  "text/plain":
    "text/txt text/x-text text/text application/txt application/text application/x-text text/anytext text/ascii",
  "text/tab-separated-values": "text/tsv text/x-tsv text/x-tab-separated-values"
})

/** Types that say nothing about the content. */
export const vague = new Set(
  words(`
    application/binary application/download application/force-download application/octet application/octet-stream
    application/octetstream application/save application/unknown application/x-binary application/x-download
    application/x-empty application/x-force-download application/x-octet-stream application/x-octetstream
    application/x-unknown application/x-unknown-content-type application/x-www-form-urlencoded application/unspecified
    binary/octet-stream content/unknown file/unknown inode/x-empty unknown/unknown www/unknown`)
)

/** Types of text that are data to a program: code execution reads them, and each keeps its own name. */
const data = new Set(words("text/csv text/tab-separated-values text/xml text/rtf"))

/** Types that are text although they do not begin with `text/`. */
const textual = new Set(
  words(`
    application/ecmascript application/graphql application/javascript application/node application/sql
    application/toml application/typescript application/x-csh application/x-httpd-php application/x-javascript
    application/x-latex application/x-perl application/x-php application/x-python application/x-python-code
    application/x-ruby application/x-sh application/x-shellscript application/x-sql application/x-tcl
    application/x-tex application/x-typescript application/x-yaml application/yaml`)
)

/** Whether the API can only read a type as text: source code and prose in any notation. */
export const isProse = (type: string): boolean => textual.has(type) || (type.startsWith("text/") && !data.has(type))

const openXml = "application/vnd.openxmlformats-officedocument"
const openDocument = "application/vnd.oasis.opendocument"

/** The types of extensions that the registry lacks, or maps to a type that is rarely meant. */
export const extensions = table({
  "application/msword": "doc dot",
  "application/vnd.ms-excel": "xls xlt",
  "application/vnd.ms-excel.sheet.binary.macroEnabled.12": "xlsb",
  "application/vnd.ms-excel.sheet.macroEnabled.12": "xlsm",
  "application/vnd.ms-powerpoint": "ppt pot pps",
  "application/vnd.ms-powerpoint.presentation.macroEnabled.12": "pptm",
  "application/vnd.ms-word.document.macroEnabled.12": "docm",
  [`${openDocument}.presentation`]: "odp",
  [`${openDocument}.spreadsheet`]: "ods",
  [`${openDocument}.text`]: "odt",
  [`${openXml}.presentationml.presentation`]: "pptx",
  [`${openXml}.presentationml.slideshow`]: "ppsx",
  [`${openXml}.presentationml.template`]: "potx",
  [`${openXml}.spreadsheetml.sheet`]: "xlsx",
  [`${openXml}.spreadsheetml.template`]: "xltx",
  [`${openXml}.wordprocessingml.document`]: "docx",
  [`${openXml}.wordprocessingml.template`]: "dotx",
  "image/jpeg": "jfif pjp pjpeg",
  "text/plain": `
    adoc asciidoc asm astro awk bash bat bib c cc cfg cjs clj cljc cljs cmake cmd coffee conf cpp cr cs css cts cxx d dart
    diff edn editorconfig el elm env erl ex exs f f90 f95 fish for fs fsi fsx go gql gradle graphql groovy h hcl hh hpp
    hrl hs htm html hxx ics ini java jl js jsx kt kts ksh less lhs lisp lock log lua m markdown md mdx mjs mk ml mli mm
    mts nim nix org pas patch php pl pm po pot properties proto ps1 psm1 py pyi r rb rkt rs rst s sass scala scm scss sed
    sh sql srt sty styl sv svelte swift tcl tex text tf thrift toml ts tsx txt v vb vbs vcf vhd vhdl vtt vue yaml yml zig
    zsh`
})

/** Types of the older office formats, and the newer types that replace them, which are archives. */
export const successors: ReadonlyMap<string, string> = new Map([
  ["application/msword", `${openXml}.wordprocessingml.document`],
  ["application/vnd.ms-excel", `${openXml}.spreadsheetml.sheet`],
  ["application/vnd.ms-powerpoint", `${openXml}.presentationml.presentation`]
])
