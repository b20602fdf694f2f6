//! Structs on the wire: one declaration per struct gives its type, its defaults, its encoder and its decoder.
//!
//! The declaration lists fields in wire order. `name: Type [versions, default]` limits a field to versions
//! (any range) and says what it reads as elsewhere. An array that is in every version may have a limit:
//! `name: Vec<Type>; at most LIMIT`. In `tagged { tag => name: Type [versions, default] }` behind it stand
//! the tagged fields, which are written only when they differ from their default.

use super::primitives::{Counter, Malformed, Reader, Sink};
use super::raw_string::RawString;
use super::version::Version;

/// Something that has a wire form.
pub trait Wire<'r>: Sized {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed>;
    fn write<S: Sink>(&self, out: &mut S, v: Version);
}

macro_rules! numbers {
    ($($ty:ty, $read:ident, $write:ident;)*) => {$(
        impl<'r> Wire<'r> for $ty {
            #[inline]
            fn read(r: &mut Reader<'r>, _: Version) -> Result<Self, Malformed> {
                r.$read()
            }

            #[inline]
            fn write<S: Sink>(&self, out: &mut S, _: Version) {
                out.$write(*self);
            }
        }
    )*};
}

numbers! {
    i8, i8, put_i8;
    i16, i16, put_i16;
    i32, i32, put_i32;
    i64, i64, put_i64;
    bool, bool, put_bool;
}

impl<'r> Wire<'r> for [u8; 16] {
    fn read(r: &mut Reader<'r>, _: Version) -> Result<Self, Malformed> {
        r.uuid()
    }

    fn write<S: Sink>(&self, out: &mut S, _: Version) {
        out.put_uuid(self);
    }
}

impl<'r> Wire<'r> for String {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        Ok(r.string(v.flexible)?.into_owned())
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        out.put_string(self, v.flexible);
    }
}

impl<'r> Wire<'r> for Option<String> {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        Ok(r.nullable_string(v.flexible)?.map(Into::into))
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        out.put_nullable_string(self.as_deref(), v.flexible);
    }
}

impl<'r> Wire<'r> for Option<RawString> {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        Ok(r.raw_string(v.flexible)?.map(|bytes| RawString::from(bytes.to_vec())))
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        out.put_raw_string(self.as_ref().map(RawString::as_bytes), v.flexible);
    }
}

/// Record batches: kept as the slice they arrived in.
impl<'r: 'b, 'b> Wire<'r> for Option<&'b [u8]> {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        r.nullable_bytes(v.flexible)
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        out.put_nullable_bytes(*self, v.flexible);
    }
}

impl<'r: 'b, 'b> Wire<'r> for &'b [u8] {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        r.bytes(v.flexible)
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        out.put_nullable_bytes(Some(self), v.flexible);
    }
}

impl<'r, T: Wire<'r>> Wire<'r> for Option<Vec<T>> {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        let len = match r.array_len(v.flexible)? {
            None => return Ok(None),
            // Most are empty, such as the errors of records.
            Some(0) => return Ok(Some(Vec::new())),
            Some(len) => len,
        };
        r.charge(len, size_of::<T>())?;
        let mut elements = Vec::with_capacity(len);
        for _ in 0..len {
            elements.push(T::read(r, v)?);
        }
        Ok(Some(elements))
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        write_array(self.as_deref(), out, v);
    }
}

impl<'r, T: Wire<'r>> Wire<'r> for Vec<T> {
    fn read(r: &mut Reader<'r>, v: Version) -> Result<Self, Malformed> {
        Ok(Option::read(r, v)?.unwrap_or_default())
    }

    fn write<S: Sink>(&self, out: &mut S, v: Version) {
        write_array(Some(self), out, v);
    }
}

fn write_array<'r, T: Wire<'r>, S: Sink>(elements: Option<&[T]>, out: &mut S, v: Version) {
    out.put_len(elements.map(<[T]>::len), v.flexible);
    for element in elements.unwrap_or_default() {
        element.write(out, v);
    }
}

/// One tagged field with its tag and size in front.
pub fn write_tagged<'r, T: Wire<'r>, S: Sink>(tag: u32, field: &T, out: &mut S, v: Version) {
    let mut size = Counter::default();
    field.write(&mut size, v);
    out.put_uvarint(tag);
    out.put_uvarint(size.0 as u32);
    field.write(out, v);
}

/// Declares a struct of the protocol, see the head of this file.
macro_rules! wire_struct {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(<$lt:lifetime>)? {
            $($(#[$fmeta:meta])* $field:ident : $ty:ty $([$range:expr $(, $default:expr)?])? $(; at most $limit:ident)?,)*
        }
        $(tagged { $($(#[$tmeta:meta])* $tag:literal => $tfield:ident : $tty:ty [$trange:expr $(, $tdefault:expr)?],)* })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name $(<$lt>)? {
            $($(#[$fmeta])* pub $field: $ty,)*
            $($($(#[$tmeta])* pub $tfield: $tty,)*)?
        }

        impl $(<$lt>)? Default for $name $(<$lt>)? {
            fn default() -> Self {
                Self {
                    $($field: wire_struct!(@default $($($default)?)?),)*
                    $($($tfield: wire_struct!(@default $($tdefault)?),)*)?
                }
            }
        }

        impl<'wire $(: $lt, $lt)?> $crate::protocol::wire::Wire<'wire> for $name $(<$lt>)? {
            fn read(
                r: &mut $crate::protocol::primitives::Reader<'wire>,
                v: $crate::protocol::version::Version,
            ) -> Result<Self, $crate::protocol::primitives::Malformed> {
                #[allow(unused_mut)]
                let mut message = Self {
                    $($field: {
                        $(r.expect_at_most($limit, v.flexible)?;)?
                        wire_struct!(@read r, v, $ty $(, $range $(, $default)?)?)
                    },)*
                    $($($tfield: wire_struct!(@default $($tdefault)?),)*)?
                };
                if v.flexible {
                    r.tagged_fields(|tag, _field| {
                        match tag {
                            $($($tag if ($trange).contains(&v.number) => {
                                message.$tfield = $crate::protocol::wire::Wire::read(_field, v)?;
                            })*)?
                            _ => {}
                        }
                        Ok(())
                    })?;
                }
                Ok(message)
            }

            fn write<S: $crate::protocol::primitives::Sink>(
                &self,
                out: &mut S,
                v: $crate::protocol::version::Version,
            ) {
                $(wire_struct!(@write self.$field, out, v $(, $range)?);)*
                if v.flexible {
                    #[allow(unused_mut)]
                    let mut present = 0u32;
                    $($(
                        let default: $tty = wire_struct!(@default $($tdefault)?);
                        let $tfield = ($trange).contains(&v.number) && self.$tfield != default;
                        present += u32::from($tfield);
                    )*)?
                    out.put_uvarint(present);
                    $($(
                        if $tfield {
                            $crate::protocol::wire::write_tagged($tag, &self.$tfield, out, v);
                        }
                    )*)?
                }
            }
        }
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    (@read $r:ident, $v:ident, $ty:ty) => { <$ty as $crate::protocol::wire::Wire<'_>>::read($r, $v)? };
    (@read $r:ident, $v:ident, $ty:ty, $range:expr $(, $default:expr)?) => {
        if ($range).contains(&$v.number) {
            <$ty as $crate::protocol::wire::Wire<'_>>::read($r, $v)?
        } else {
            wire_struct!(@default $($default)?)
        }
    };
    (@write $field:expr, $out:ident, $v:ident) => { $crate::protocol::wire::Wire::write(&$field, $out, $v) };
    (@write $field:expr, $out:ident, $v:ident, $range:expr) => {
        if ($range).contains(&$v.number) {
            $crate::protocol::wire::Wire::write(&$field, $out, $v);
        }
    };
}

/// Gives a top-level struct `encode`, `encoded_len` and `decode` for the versions of its API.
macro_rules! wire_message {
    ($name:ident $(<$lt:lifetime>)?, $api:expr, $versions:expr) => {
        impl $(<$lt>)? $name $(<$lt>)? {
            /// Appends the body in `version`, which must be one of `VERSIONS`.
            pub fn encode<S: $crate::protocol::primitives::Sink>(&self, version: i16, out: &mut S) {
                debug_assert!(($versions).contains(&version), "version {version}");
                $crate::protocol::wire::Wire::write(self, out, $crate::protocol::api_key::version($api, version));
            }

            pub fn encoded_len(&self, version: i16) -> usize {
                let mut counter = $crate::protocol::primitives::Counter::default();
                self.encode(version, &mut counter);
                counter.0
            }
        }

        impl<'wire $(: $lt, $lt)?> $name $(<$lt>)? {
            /// Reads a body of `version`.
            pub fn decode(
                version: i16,
                r: &mut $crate::protocol::primitives::Reader<'wire>,
            ) -> Result<Self, $crate::protocol::primitives::Malformed> {
                if !($versions).contains(&version) {
                    return Err($crate::protocol::primitives::Malformed("message: version not known here"));
                }
                $crate::protocol::wire::Wire::read(r, $crate::protocol::api_key::version($api, version))
            }
        }
    };
}

pub(super) use {wire_message, wire_struct};
