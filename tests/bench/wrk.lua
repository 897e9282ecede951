-- Gives wrk the request as its arguments (method, body) and prints what came of it as JSON.
function init(args)
  wrk.method = args[1]
  if args[2] ~= "" then wrk.body = args[2] end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('\n{"requests":%d,"seconds":%f,"failed":%d}', summary.requests, summary.duration / 1e6, failed))
end
