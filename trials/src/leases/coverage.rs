//! What the simulated worlds of leases went through.

use crate::simulation::seen;

seen! {
    Budgets "budgets issued";
    BudgetsAccepted "budgets accepted";
    RefusedOtherHeater "budgets refused: another heater's";
    RefusedOtherBoot "budgets refused: another boot's";
    RefusedNonce "budgets refused: no answer to a recent heartbeat";
    RefusedStale "budgets refused: fenced off";
    LeasesEnded "leases that ended unrenewed";
    MessagesLost "messages lost";
    MessagesDoubled "messages doubled";
    MessagesSlow "messages late by up to minutes";
    MessagesHeld "messages held by a broken path and sent after it";
    Replays "old budgets played again";
    Retained "old budgets that a broker had retained";
    Partitions "partitions of a heater";
    Deaf "heaters that spoke and heard nothing";
    ControllerPartitions "partitions of a controller";
    BrokerRestarts "broker restarts: everybody cut off";
    ControllerKills "controllers killed";
    ControllerFreezes "controllers frozen";
    SentAfterThaw "budgets decided before a controller froze and sent after";
    ClocksStopped "controllers frozen with their clock";
    StartsRefused "second starts refused by the lock";
    StartsCut "starts killed while they raised the epoch";
    Takeovers "controllers started beside one that lives";
    BadHours "old controllers back after a limit, a blink of the mains and the end of the new one";
    OldOnesBack "budgets from a controller that was taken over from";
    SameEpoch "controllers started with an epoch that another one has";
    AlarmsRaised "alarms of a second controller";
    HeaterCrashes "heaters crashed";
    PowerBlinks "times that all heaters started anew at once";
    FencesUnsaved "heaters crashed before their fence was saved";
    HeaterClockJumps "jumps of a heater's wall clock";
    ControllerClockJumps "jumps of a controller's wall clock";
    LimitsLowered "limits lowered";
    LimitsRaised "limits raised";
    CapBelowFallback "limits below the sum of fall-backs";
    CapsChanged "caps changed in the book";
    Rewirings "heaters moved to another circuit";
    Lies "heartbeats that lied about boot, epoch or number";
    Removals "heaters taken out of the book, and put back";
    Unplugged "heaters unplugged for good";
    SensorsLost "room sensors lost";
    Trips "heaters that tripped";
    SwitchedOff "heaters switched off by hand";
    DemandsChanged "rooms that changed their mind";
    AtTheCap "seconds with less than 2 % left below a cap";
    KnownWithinAMinute "worlds with heaters unplugged, all known, back at full power within a minute";
    UnknownAtRating "worlds that waited for heaters unknown to the controller";
    FullPower "worlds back at full power";
    CalmWorlds "worlds without a fault";
}
