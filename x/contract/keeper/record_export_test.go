package keeper

// Record is what a contract reads of another module.
var Record = Keeper.record
