use oreworld::{model::Model, record::{Recorder, Values, TABLES}, world_file};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let setup = match world_file::load(&args[1]) { Ok(s) => s, Err(p) => { println!("{p:?}"); return; } };
    let weeks: u32 = args[2].parse().unwrap();
    let every: u32 = args[3].parse().unwrap();
    let t = std::time::Instant::now();
    let mut model = Model::new(&setup, 1);
    let mut rec = Recorder::new(&setup, TABLES);
    for _ in 0..weeks { if let Err(e) = model.step() { println!("{e}"); break; } rec.observe(&model); }
    println!("hash {:016x} {:?}", model.state_hash(), t.elapsed());
    for table in rec.finish() {
        if !args[4..].iter().any(|a| a == table.name) { continue; }
        println!("== {} {}", table.name, table.columns.iter().map(|c| c.name).collect::<Vec<_>>().join(" "));
        let Values::Week(w) = &table.columns[0].values else { panic!() };
        for i in 0..w.len() { if w[i] % every == 0 {
            let cells: Vec<String> = table.columns.iter().map(|c| match &c.values { Values::Week(v) => v[i].to_string(), Values::Key { names, rows } => names[rows[i] as usize].clone(), Values::Real(v) => format!("{:.1}", v[i]) }).collect();
            println!("{}", cells.join(" ")); } }
    }
}
