/** The C types that fields of the KVM API's structures have. */
export type CType = 'u8' | 'u16' | 'u32' | 'u64';

/** A field: its offset in bytes from the start of the structure, and its type. */
export type Field = readonly [offset: number, type: CType];

/**
 * A C structure, declared once: `name` as after `struct`, `size` in bytes, fields under their C names
 * (`io.port` for a member of a nested one). `test/hypervisor/kvm/layout.test.ts` compares all of it with
 * `<linux/kvm.h>` as the C compiler sees it.
 */
export interface Layout<Name extends string = string> {
  readonly name: string;
  readonly size: number;
  readonly fields: Readonly<Record<Name, Field>>;
}

/** Bytes that a field of each type takes. */
export const C_TYPE_SIZE: Readonly<Record<CType, number>> = { u8: 1, u16: 2, u32: 4, u64: 8 };

/** A structure in memory, read and written by field name. Values of `u64` fields are bigints in {@link get64}. */
export class StructView<Name extends string> {
  readonly #view: DataView;
  readonly #layout: Layout<Name>;

  /** Lays `layout` over `bytes`, beginning `offset` bytes in. */
  constructor(layout: Layout<Name>, bytes: Uint8Array, offset = 0) {
    this.#layout = layout;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset + offset, layout.size);
  }

  /** The value of a field of up to 32 bits. */
  get(name: Name): number {
    const [offset, type] = this.#layout.fields[name];
    if (type === 'u8') return this.#view.getUint8(offset);
    if (type === 'u16') return this.#view.getUint16(offset, true);
    return this.#view.getUint32(offset, true);
  }

  get64(name: Name): bigint {
    return this.#view.getBigUint64(this.#layout.fields[name][0], true);
  }

  set(name: Name, value: number): void {
    const [offset, type] = this.#layout.fields[name];
    if (type === 'u8') this.#view.setUint8(offset, value);
    else if (type === 'u16') this.#view.setUint16(offset, value, true);
    else this.#view.setUint32(offset, value, true);
  }

  set64(name: Name, value: bigint): void {
    this.#view.setBigUint64(this.#layout.fields[name][0], value, true);
  }
}
