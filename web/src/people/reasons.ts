/** What a reason may be asked for, in words that go on from "before you". */

export const ACTS: Readonly<Record<string, string>> = {
  replay: "watch recorded footage",
  export: "export footage",
  share: "share cameras with others",
  rights: "give people rights",
  remove: "remove a camera, a site or a person",
};
