//! The code of one method.

use std::collections::HashMap;

use dex::{Format, Refers, OPCODES};

use super::pools::{types_of, uleb, Pools};
use super::Data;

/// The lines of a method's code, not yet encoded: offsets depend on all of them.
pub struct Body {
    registers: u16,
    ins: u16,
    lines: Vec<Vec<String>>,
}

struct Encoder<'e> {
    pools: &'e mut Pools,
    labels: &'e HashMap<String, u32>,
    units: Vec<u16>,
}

impl Body {
    pub fn new(registers: u16, proto: &str, access: u32) -> Self {
        let parameters = types_of(proto[1..].split(')').next().unwrap());
        let wide = parameters
            .iter()
            .filter(|kind| matches!(kind.as_str(), "J" | "D"))
            .count();
        let ins = parameters.len() + wide + usize::from(access & 8 == 0);
        Body {
            registers,
            ins: ins as u16,
            lines: Vec::new(),
        }
    }

    pub fn line(&mut self, words: &[String]) {
        self.lines.push(words.to_vec());
    }

    pub fn emit(&self, pools: &mut Pools, data: &mut Data) -> u32 {
        let mut labels = HashMap::new();
        // Lengths do not depend on labels, so one run finds where they are.
        let places = self.encode(pools, &labels).1;
        labels.extend(places);
        let (units, _, lines) = self.encode(pools, &labels);
        let debug = if lines.is_empty() {
            0
        } else {
            data.add(&line_program(&lines), 1)
        };
        let tries: Vec<[u32; 3]> = self
            .lines
            .iter()
            .filter(|line| line[0] == ".catch")
            .map(|line| [labels[&line[1]], labels[&line[2]], labels[&line[3]]])
            .collect();
        let mut item = Vec::new();
        for number in [self.registers, self.ins, 5, tries.len() as u16] {
            item.extend(number.to_le_bytes());
        }
        item.extend(debug.to_le_bytes());
        item.extend((units.len() as u32).to_le_bytes());
        item.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        if !tries.is_empty() {
            if units.len() % 2 == 1 {
                item.extend([0, 0]);
            }
            let mut lists = vec![tries.len() as u8];
            for [start, end, handler] in tries {
                item.extend(start.to_le_bytes());
                item.extend(((end - start) as u16).to_le_bytes());
                item.extend((lists.len() as u16).to_le_bytes());
                lists.push(0);
                uleb(&mut lists, handler);
            }
            item.extend(lists);
        }
        data.add(&item, 4)
    }

    #[allow(clippy::type_complexity)]
    fn encode(
        &self,
        pools: &mut Pools,
        labels: &HashMap<String, u32>,
    ) -> (Vec<u16>, HashMap<String, u32>, Vec<(u32, u32)>) {
        let mut encoder = Encoder {
            pools,
            labels,
            units: Vec::new(),
        };
        let mut places = HashMap::new();
        let mut lines = Vec::new();
        for line in &self.lines {
            let mut words = &line[..];
            if words.get(1).is_some_and(|word| word.starts_with('.')) && encoder.units.len() % 2 == 1 {
                encoder.units.push(0);
            }
            if words[0].starts_with(':') {
                places.insert(words[0].clone(), encoder.units.len() as u32);
                words = &words[1..];
            }
            match words.first().map(String::as_str) {
                None | Some(".catch") => {}
                Some(".line") => lines.push((encoder.units.len() as u32, words[1].parse().unwrap())),
                Some(".packed") => encoder.packed(&words[1..], &self.lines, line),
                Some(".sparse") => encoder.sparse(&words[1..], &self.lines, line),
                Some(".array") => encoder.array(&words[1..]),
                Some(name) => {
                    if name.ends_with("-switch") {
                        places.insert(format!(":switch{}", words[2]), encoder.units.len() as u32);
                    }
                    encoder.insn(name, &words[1..]);
                }
            }
        }
        (encoder.units, places, lines)
    }
}

impl Encoder<'_> {
    fn label(&self, word: &str) -> u32 {
        self.labels.get(word).copied().unwrap_or(0)
    }

    fn pair(&mut self, number: u32) {
        self.units.extend([number as u16, (number >> 16) as u16]);
    }

    /// Where the switch is that uses the table labelled `table`: branches count from there.
    fn switch(&self, lines: &[Vec<String>], table: &[String]) -> u32 {
        let user = lines
            .iter()
            .find(|line| line.last() == table.first() && line[0].ends_with("-switch"))
            .unwrap();
        self.label(&format!(":switch{}", user.last().unwrap()))
    }

    fn packed(&mut self, words: &[String], lines: &[Vec<String>], table: &[String]) {
        let from = self.switch(lines, table);
        self.units.extend([0x0100, words.len() as u16 - 1]);
        self.pair(words[0].parse::<i32>().unwrap() as u32);
        for word in &words[1..] {
            let target = self.label(word);
            self.pair(target.wrapping_sub(from));
        }
    }

    fn sparse(&mut self, words: &[String], lines: &[Vec<String>], table: &[String]) {
        let from = self.switch(lines, table);
        self.units.extend([0x0200, words.len() as u16 / 2]);
        for key in words.iter().step_by(2) {
            self.pair(key.parse::<i32>().unwrap() as u32);
        }
        for word in words.iter().skip(1).step_by(2) {
            let target = self.label(word);
            self.pair(target.wrapping_sub(from));
        }
    }

    fn array(&mut self, words: &[String]) {
        let width: usize = words[0].parse().unwrap();
        self.units.extend([0x0300, width as u16]);
        self.pair(words.len() as u32 - 1);
        let mut bytes = Vec::new();
        for word in &words[1..] {
            bytes.extend(&word.parse::<i64>().unwrap().to_le_bytes()[..width]);
        }
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        self.units
            .extend(bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])));
    }

    fn index(&mut self, refers: Refers, word: &str) -> u32 {
        let member = |text: &str| {
            let (class, rest) = text.split_once("->").unwrap();
            let cut = rest.find(['(', ':']).unwrap();
            (class.to_owned(), rest[..cut].to_owned(), rest[cut..].to_owned())
        };
        match refers {
            Refers::Nothing => 0,
            Refers::String => self.pools.string(word.trim_matches('"')),
            Refers::Type => self.pools.type_(word),
            Refers::Proto => self.pools.proto(word),
            Refers::Field => {
                let (class, name, kind) = member(word);
                self.pools.field(&class, &name, &kind[1..])
            }
            Refers::Method | Refers::MethodHandle | Refers::CallSite => {
                let (class, name, proto) = member(word);
                let method = self.pools.method(&class, &name, &proto);
                match refers {
                    Refers::Method => method,
                    Refers::MethodHandle => self.pools.handle(method),
                    _ => {
                        let proto = self.pools.proto(&proto);
                        self.pools.call_site(method, proto)
                    }
                }
            }
        }
    }

    fn insn(&mut self, name: &str, words: &[String]) {
        use Format::*;
        let op = OPCODES
            .iter()
            .position(|opcode| opcode.name == name)
            .unwrap_or_else(|| panic!("{name}"));
        let (opcode, op, at) = (OPCODES[op], op as u16, self.units.len() as u32);
        let register = |n: usize| words[n][1..].parse::<u16>().unwrap();
        let number = |n: usize| words[n].parse::<i64>().unwrap();
        let branch = |n: usize| self.label(&words[n]).wrapping_sub(at);
        let byte_a = |n: u16| op | n << 8;
        let nibbles = |a: u16, b: u16| op | a << 8 | b << 12;
        let units: Vec<u16> = match opcode.format {
            F10x => vec![op],
            F12x => vec![nibbles(register(0), register(1))],
            F11n => vec![nibbles(register(0), number(1) as u16 & 15)],
            F11x => vec![byte_a(register(0))],
            F10t => vec![byte_a(branch(0) as u16 & 0xff)],
            F20t => vec![op, branch(0) as u16],
            F22x => vec![byte_a(register(0)), register(1)],
            F21t => vec![byte_a(register(0)), branch(1) as u16],
            F21s => vec![byte_a(register(0)), number(1) as u16],
            F21h => vec![
                byte_a(register(0)),
                (number(1) >> if op == 0x19 { 48 } else { 16 }) as u16,
            ],
            F21c => vec![byte_a(register(0)), self.index(opcode.refers, &words[1]) as u16],
            F23x => vec![byte_a(register(0)), register(1) | register(2) << 8],
            F22b => vec![byte_a(register(0)), register(1) | (number(2) as u16) << 8],
            F22t => vec![nibbles(register(0), register(1)), branch(2) as u16],
            F22s => vec![nibbles(register(0), register(1)), number(2) as u16],
            F22c => vec![
                nibbles(register(0), register(1)),
                self.index(opcode.refers, &words[2]) as u16,
            ],
            F32x => vec![op, register(0), register(1)],
            F30t => vec![op, branch(0) as u16, (branch(0) >> 16) as u16],
            F31t => vec![byte_a(register(0)), branch(1) as u16, (branch(1) >> 16) as u16],
            F31i => vec![byte_a(register(0)), number(1) as u16, (number(1) >> 16) as u16],
            F31c => {
                let index = self.index(opcode.refers, &words[1]);
                vec![byte_a(register(0)), index as u16, (index >> 16) as u16]
            }
            F35c | F45cc | F3rc | F4rcc => self.call(op, words),
            F51l => {
                let wide = number(1);
                vec![
                    byte_a(register(0)),
                    wide as u16,
                    (wide >> 16) as u16,
                    (wide >> 32) as u16,
                    (wide >> 48) as u16,
                ]
            }
            Unused => panic!("{name}"),
        };
        self.units.extend(units);
    }

    fn call(&mut self, op: u16, words: &[String]) -> Vec<u16> {
        let opcode = OPCODES[usize::from(op)];
        let inside = words[0].trim_matches(['{', '}']);
        let registers: Vec<u16> = inside
            .split([',', ' ', '.'])
            .filter(|word| !word.is_empty())
            .map(|word| word[1..].parse().unwrap())
            .collect();
        let index = self.index(opcode.refers, &words[1]) as u16;
        let mut units = if matches!(opcode.format, Format::F3rc | Format::F4rcc) {
            let count = registers[registers.len() - 1] - registers[0] + 1;
            vec![op | count << 8, index, registers[0]]
        } else {
            let nth = |n: usize| registers.get(n).copied().unwrap_or(0);
            let packed = nth(0) | nth(1) << 4 | nth(2) << 8 | nth(3) << 12;
            vec![op | nth(4) << 8 | (registers.len() as u16) << 12, index, packed]
        };
        if matches!(opcode.format, Format::F45cc | Format::F4rcc) {
            units.push(self.pools.proto(&words[2]) as u16);
        }
        units
    }
}

fn line_program(lines: &[(u32, u32)]) -> Vec<u8> {
    let mut program = Vec::new();
    uleb(&mut program, lines[0].1);
    program.push(0);
    let (mut address, mut line) = (0, i64::from(lines[0].1));
    for &(at, number) in lines {
        program.push(1);
        uleb(&mut program, at - address);
        let step = i64::from(number) - line;
        if !(-4..=10).contains(&step) {
            program.push(2);
            // A signed LEB128 of two bytes is room enough for the lines of a test.
            program.extend([step as u8 & 0x7f | 0x80, (step >> 7) as u8 & 0x7f]);
            program.push(0x0a + 4);
        } else {
            program.push(0x0a + (step + 4) as u8);
        }
        (address, line) = (at, i64::from(number));
    }
    program.push(0);
    program
}
