//! Makes keys on the curve P-256.

use rsa::BigUint;

use super::super::pem::{self, der, id, tag};
use crate::helm::host::Random;

const PRIME: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const GENERATOR: [&str; 2] = [
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
];

/// A key as PEM, in the form that Go writes.
pub(super) fn generate(random: &dyn Random) -> String {
    let order = number(ORDER);
    let secret = loop {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        let secret = BigUint::from_bytes_be(&bytes);
        if secret < order && secret != BigUint::from(0_u8) {
            break secret;
        }
    };
    let public = public_point(&secret);
    let curve = der(0xa0, &[&der(tag::OBJECT_ID, &[id::P256])]);
    let point = der(0xa1, &[&der(tag::BIT_STRING, &[&[0], &public])]);
    let key = der(
        tag::SEQUENCE,
        &[
            &der(tag::INTEGER, &[&[1]]),
            &der(tag::OCTET_STRING, &[&padded(&secret)]),
            &curve,
            &point,
        ],
    );
    pem::encode("EC PRIVATE KEY", &key)
}

/// The public point that belongs to a secret number, uncompressed.
pub(super) fn public_point(secret: &BigUint) -> Vec<u8> {
    let field = Field(number(PRIME));
    let generator = Point {
        x: number(GENERATOR[0]),
        y: number(GENERATOR[1]),
        z: BigUint::from(1_u8),
    };
    let mut point: Option<Point> = None;
    for byte in secret.to_bytes_be() {
        for bit in (0..8).rev() {
            point = point.map(|point| field.double(&point));
            if byte >> bit & 1 == 1 {
                point = Some(match point {
                    Some(point) => field.add(&point, &generator),
                    None => generator.clone(),
                });
            }
        }
    }
    let (x, y) = field.affine(&point.unwrap_or(generator));
    [&[4], padded(&x).as_slice(), &padded(&y)].concat()
}

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}

fn padded(number: &BigUint) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    [vec![0; 32 - bytes.len().min(32)], bytes].concat()
}

/// A point by Jacobian coordinates, which need no division on the way.
#[derive(Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

struct Field(BigUint);

impl Field {
    fn multiply(&self, left: &BigUint, right: &BigUint) -> BigUint {
        left * right % &self.0
    }

    fn subtract(&self, left: &BigUint, right: &BigUint) -> BigUint {
        (left + &self.0 - right) % &self.0
    }

    fn double(&self, point: &Point) -> Point {
        let y_squared = self.multiply(&point.y, &point.y);
        let product = self.multiply(&point.x, &y_squared) * 4_u8 % &self.0;
        let z_squared = self.multiply(&point.z, &point.z);
        let low = self.subtract(&point.x, &z_squared);
        let slope = self.multiply(&low, &(&point.x + &z_squared)) * 3_u8 % &self.0;
        let x = self.subtract(&self.multiply(&slope, &slope), &(&product * 2_u8 % &self.0));
        let last = self.multiply(&y_squared, &y_squared) * 8_u8 % &self.0;
        let y = self.multiply(&slope, &self.subtract(&product, &x));
        Point {
            y: self.subtract(&y, &last),
            z: self.multiply(&point.y, &point.z) * 2_u8 % &self.0,
            x,
        }
    }

    /// The sum of two different points; the second one's `z` is 1.
    fn add(&self, point: &Point, other: &Point) -> Point {
        let z_squared = self.multiply(&point.z, &point.z);
        let x_other = self.multiply(&other.x, &z_squared);
        let y_other = self.multiply(&other.y, &self.multiply(&z_squared, &point.z));
        let width = self.subtract(&x_other, &point.x);
        let height = self.subtract(&y_other, &point.y);
        let width_squared = self.multiply(&width, &width);
        let width_cubed = self.multiply(&width_squared, &width);
        let base = self.multiply(&point.x, &width_squared);
        let square = self.multiply(&height, &height);
        let x = self.subtract(
            &self.subtract(&square, &width_cubed),
            &(&base * 2_u8 % &self.0),
        );
        let y = self.multiply(&height, &self.subtract(&base, &x));
        Point {
            y: self.subtract(&y, &self.multiply(&point.y, &width_cubed)),
            z: self.multiply(&point.z, &width),
            x,
        }
    }

    fn affine(&self, point: &Point) -> (BigUint, BigUint) {
        let inverse = point.z.modpow(&(&self.0 - 2_u8), &self.0);
        let squared = self.multiply(&inverse, &inverse);
        let cubed = self.multiply(&squared, &inverse);
        (
            self.multiply(&point.x, &squared),
            self.multiply(&point.y, &cubed),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{BigUint, GENERATOR, number, padded, public_point};

    #[test]
    fn known_multiples_of_the_generator_are_met() {
        let one = public_point(&BigUint::from(1_u8));
        assert_eq!(one[1..33], padded(&number(GENERATOR[0])));
        let three = public_point(&BigUint::from(3_u8));
        let x = "5ecbe4d1a6330a44c8f7ef951d4bf165e6c6b721efada985fb41661bc6e7fd6c";
        assert_eq!(three[1..33], padded(&number(x)));
    }
}
