/** Why a channel could not be told. It ends no run; its message holds no secret. */
export class NotSent extends Error {
  override readonly name = "NotSent";
}
