//! Floats: `addf` and its kin calculate with decimal digits, so 0.1 + 0.2 is 0.3.

use super::number::to_float;
use super::{ANY, Entry, FLOAT, INT, Outcome, takes, takes_many};
use crate::gotemplate::Value;
use crate::gotemplate::function::{Call, Error};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("addf", takes_many(&[], ANY), |call| {
        calculate(call, Decimal::from(0.0), call.arguments(), Decimal::add)
    }),
    ("add1f", takes(&[ANY]), |call| {
        calculate(
            call,
            argument(call.value(0)),
            &[Value::Int(1)],
            Decimal::add,
        )
    }),
    ("subf", takes_many(&[ANY], ANY), |call| {
        first_and_rest(call, Decimal::subtract)
    }),
    ("mulf", takes_many(&[ANY], ANY), |call| {
        first_and_rest(call, Decimal::multiply)
    }),
    ("divf", takes_many(&[ANY], ANY), |call| {
        first_and_rest(call, Decimal::divide)
    }),
    ("maxf", takes_many(&[ANY], ANY), |call| fold(call, f64::max)),
    ("minf", takes_many(&[ANY], ANY), |call| fold(call, f64::min)),
    ("floor", takes(&[ANY]), |call| {
        Ok(Value::Float(to_float(call.value(0)).floor()))
    }),
    ("ceil", takes(&[ANY]), |call| {
        Ok(Value::Float(to_float(call.value(0)).ceil()))
    }),
    ("round", takes_many(&[ANY, INT], FLOAT), round),
];

fn argument(value: &Value) -> Decimal {
    to_float(value).into()
}

fn first_and_rest(call: &Call<'_>, combine: Operation) -> Outcome {
    let rest = call.arguments().get(1..).unwrap_or_default();
    calculate(call, argument(call.value(0)), rest, combine)
}

fn calculate(_call: &Call<'_>, first: Decimal, rest: &[Value], combine: Operation) -> Outcome {
    let result = rest
        .iter()
        .try_fold(first, |left, right| combine(left, argument(right)));
    Ok(Value::Float(result?.to_float()))
}

fn fold(call: &Call<'_>, combine: fn(f64, f64) -> f64) -> Outcome {
    let numbers = call.arguments().iter().map(to_float);
    Ok(Value::Float(numbers.reduce(combine).unwrap_or(0.0)))
}

/// Away from zero where the fraction is at least the third argument, but a negative
/// number always down: the reference rounds so.
fn round(call: &Call<'_>) -> Outcome {
    let half = if call.arguments().len() > 2 {
        call.float(2)
    } else {
        0.5
    };
    let places = i32::try_from(call.int(1)).unwrap_or(i32::MAX);
    let power = 10_f64.powi(places);
    let scaled = power * to_float(call.value(0));
    let rounded = if scaled.fract() >= half {
        scaled.ceil()
    } else {
        scaled.floor()
    };
    Ok(Value::Float(rounded / power))
}

type Operation = fn(Decimal, Decimal) -> Result<Decimal, Error>;

/// Decimal places of a quotient.
const DIVISION_PLACES: i32 = 16;

/// A number as digits and a power of ten; beyond 38 digits, as a float.
#[derive(Clone, Copy)]
enum Decimal {
    Exact { digits: i128, exponent: i32 },
    Float(f64),
}

impl From<f64> for Decimal {
    /// The fewest digits that read back as the float.
    fn from(value: f64) -> Self {
        let text = format!("{value:e}");
        let parsed = text.split_once('e').and_then(|(mantissa, exponent)| {
            let fraction = mantissa
                .split_once('.')
                .map_or(0, |(_, fraction)| fraction.len());
            let digits = mantissa.replace('.', "").parse().ok()?;
            let exponent: i32 = exponent.parse().ok()?;
            Some(Self::Exact {
                digits,
                exponent: exponent - i32::try_from(fraction).ok()?,
            })
        });
        parsed.unwrap_or(Self::Float(value))
    }
}

impl Decimal {
    fn to_float(self) -> f64 {
        match self {
            Self::Exact { digits, exponent } => {
                format!("{digits}e{exponent}").parse().unwrap_or(f64::NAN)
            }
            Self::Float(value) => value,
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "one form for all operations")]
    fn add(self, other: Self) -> Result<Self, Error> {
        let exact = self.aligned(other).and_then(|(left, right, exponent)| {
            let digits = left.checked_add(right)?;
            Some(Self::Exact { digits, exponent })
        });
        Ok(exact.unwrap_or_else(|| Self::Float(self.to_float() + other.to_float())))
    }

    fn subtract(self, other: Self) -> Result<Self, Error> {
        self.add(match other {
            Self::Exact { digits, exponent } => Self::Exact {
                digits: -digits,
                exponent,
            },
            Self::Float(value) => Self::Float(-value),
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "one form for all operations")]
    fn multiply(self, other: Self) -> Result<Self, Error> {
        let exact = match (self, other) {
            (
                Self::Exact {
                    digits: left,
                    exponent: left_exponent,
                },
                Self::Exact {
                    digits: right,
                    exponent: right_exponent,
                },
            ) => left.checked_mul(right).map(|digits| Self::Exact {
                digits,
                exponent: left_exponent + right_exponent,
            }),
            _ => None,
        };
        Ok(exact.unwrap_or_else(|| Self::Float(self.to_float() * other.to_float())))
    }

    fn divide(self, other: Self) -> Result<Self, Error> {
        if other.to_float() == 0.0 {
            return Err(Error::new("decimal division by 0"));
        }
        let exact = self.aligned(other).and_then(|(left, right, _)| {
            let power = 10_i128.checked_pow(DIVISION_PLACES.unsigned_abs())?;
            let scaled = left.checked_mul(power)?;
            let (quotient, rest) = (scaled / right, scaled % right);
            let up = rest.unsigned_abs().checked_mul(2)? >= right.unsigned_abs();
            let away = if (scaled < 0) == (right < 0) { 1 } else { -1 };
            Some(Self::Exact {
                digits: quotient + if up { away } else { 0 },
                exponent: -DIVISION_PLACES,
            })
        });
        Ok(exact.unwrap_or_else(|| Self::Float(self.to_float() / other.to_float())))
    }

    /// Both digits for the smaller exponent.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let (
            Self::Exact {
                digits: left,
                exponent: left_exponent,
            },
            Self::Exact {
                digits: right,
                exponent: right_exponent,
            },
        ) = (self, other)
        else {
            return None;
        };
        let exponent = left_exponent.min(right_exponent);
        let scale = |digits: i128, from: i32| {
            let power = u32::try_from(from - exponent).ok()?;
            digits.checked_mul(10_i128.checked_pow(power)?)
        };
        Some((
            scale(left, left_exponent)?,
            scale(right, right_exponent)?,
            exponent,
        ))
    }
}
