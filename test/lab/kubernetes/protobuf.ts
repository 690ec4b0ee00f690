import type { KubernetesObject } from "./objects.ts";

/** Before what clients send in this form: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding */
const MAGIC = Buffer.from("k8s\0", "latin1");

/** A message's fields by number. All that is read here has a length in front; numbers are passed over. */
type Fields = ReadonlyMap<number, readonly Buffer[]>;

/** A Secret (the form in which helm keeps a release) or what has nothing but metadata, as JSON would say it. */
export function fromProtobuf(body: Buffer): KubernetesObject {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error("not Kubernetes' protobuf");
  const object = fieldsOf(bytes(fieldsOf(body.subarray(MAGIC.length)), 2));
  const metadata = fieldsOf(bytes(object, 1));
  const version = text(metadata, 6);
  return {
    metadata: {
      name: text(metadata, 1),
      ...(version !== "" && { resourceVersion: version }),
      labels: Object.fromEntries(pairs(metadata, 11).map(([key, value]) => [key, value.toString("utf8")])),
    },
    data: Object.fromEntries(pairs(object, 2).map(([key, value]) => [key, value.toString("base64")])),
    type: text(object, 3),
  };
}

function pairs(fields: Fields, number: number): readonly (readonly [string, Buffer])[] {
  return (fields.get(number) ?? []).map((entry) => [text(fieldsOf(entry), 1), bytes(fieldsOf(entry), 2)]);
}

function text(fields: Fields, number: number): string {
  return bytes(fields, number).toString("utf8");
}

function bytes(fields: Fields, number: number): Buffer {
  return fields.get(number)?.at(-1) ?? Buffer.alloc(0);
}

function fieldsOf(message: Buffer): Fields {
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const [number, kind] = [Math.floor(key / 8), key % 8];
    if (kind === 0) varint();
    else if (kind === 2) {
      const length = varint();
      fields.set(number, [...(fields.get(number) ?? []), message.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`a field of kind ${kind}`);
  }
  return fields;
}
