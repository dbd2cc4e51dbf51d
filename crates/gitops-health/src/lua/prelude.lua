-- Makes Lua 5.2 behave like the reference's Lua, within bounds.
-- Runs once in every VM, before any script. What scripts see is the table
-- `globals`; what the host calls is returned at the end.
local host, state, open = ...

local error, select, type = error, select, type
local getmetatable, setmetatable = getmetatable, setmetatable
local rawget, rawset, rawequal, next, pcall = rawget, rawset, rawequal, next, pcall
local native_tostring, native_unpack, native_sort = tostring, table.unpack, table.sort
local native_concat, native_rep, floor = table.concat, string.rep, math.floor
local ipairs_step = ipairs({})

-- Parts of an object are read from JSON when a script first looks at them.
local lazy = {}
-- The library tables behind their read-only faces.
local behind = {}

local function force(t)
  if getmetatable(t) == lazy then state.expand(t) end
  return behind[t] or t
end

lazy.__index = function(t, key) state.expand(t) return rawget(t, key) end
lazy.__newindex = function(t, key, value) state.expand(t) rawset(t, key, value) end
lazy.__len = function(t) state.expand(t) return #t end

local function protect(library)
  local face = setmetatable({}, {
    __index = library,
    __newindex = function() error("library tables are read-only", 2) end,
    __metatable = false,
  })
  behind[face] = library
  return face
end

-- Raised one level above the function that finds the argument bad.
local function bad(position, name, expected, value)
  error("bad argument #" .. position .. " to " .. name .. " (" .. expected .. " expected, got "
    .. type(value) .. ")", 3)
end

local function table_argument(t, name)
  if type(t) ~= "table" then
    error("bad argument #1 to " .. name .. " (table expected, got " .. type(t) .. ")", 3)
  end
  return force(t)
end

-- Operations on values that have none: the reference names both operands, or
-- the key, which the VM's own texts do not.
local function operands(operation)
  return function(a, b)
    error("cannot perform " .. operation .. " operation between " .. type(a) .. " and " .. type(b), 2)
  end
end

local function no_table(value, key)
  error("attempt to index a non-table object(" .. type(value) .. ") with key '"
    .. native_tostring(key) .. "'", 2)
end

local function faults(index)
  return {
    __add = operands("add"), __sub = operands("sub"), __mul = operands("mul"),
    __div = operands("div"), __mod = operands("mod"), __pow = operands("pow"),
    __concat = operands("concat"), __unm = function() error("__unm undefined", 2) end,
    __index = index, __newindex = no_table, __metatable = false,
  }
end

local function number_text(number)
  -- Whole and short: the VM's own text is the reference's too.
  if number == floor(number) and number < 1e14 and number > -1e14 and number ~= 0 then
    return native_tostring(number)
  end
  return host.number_text(number)
end

local globals = {_VERSION = "Lua 5.1"}

function globals.tostring(...)
  if select("#", ...) == 0 then error("bad argument #1 to tostring (value expected)", 2) end
  local value = (...)
  if type(value) == "number" then return number_text(value) end
  return native_tostring(value)
end

function globals.tonumber(...)
  if select("#", ...) == 0 then error("bad argument #1 to tonumber (value expected)", 2) end
  local value, base = ...
  if type(value) == "number" then return value end
  if type(value) ~= "string" then return nil end
  return host.to_number(value, base)
end

-- Failures ---------------------------------------------------------------

local function caught(ok, ...)
  if ok then return true, ... end
  -- Nothing outlives the limits, however often it is caught.
  if host.expired() then error(host.expiry(), 0) end
  return false, host.plain((...))
end

function globals.pcall(f, ...) return caught(pcall(f, ...)) end

local function handled(handler, ok, ...)
  if ok then return true, ... end
  return false, handler((...))
end

function globals.xpcall(f, handler)
  if type(handler) ~= "function" then bad(2, "xpcall", "function", handler) end
  return handled(handler, caught(pcall(f)))
end

globals.error, globals.assert = error, assert

-- Tables -----------------------------------------------------------------

-- Numbers before texts before the rest, so that no order depends on a hash.
local rank = {number = 1, string = 2, boolean = 3}

local function before(a, b)
  local kind, other = type(a), type(b)
  if kind ~= other then return (rank[kind] or 4) < (rank[other] or 4) end
  if kind == "number" or kind == "string" then return a < b end
  if kind == "boolean" then return a and not b end
  return false
end

function globals.pairs(t)
  t = table_argument(t, "pairs")
  local keys, count = {}, 0
  for key in next, t do
    count = count + 1
    keys[count] = key
  end
  if count > 1 then native_sort(keys, before) end
  local at = 0
  return function()
    while at < count do
      at = at + 1
      local key = keys[at]
      local value = rawget(t, key)
      if value ~= nil then return key, value end
    end
  end, t, nil
end

function globals.ipairs(t)
  return ipairs_step, table_argument(t, "ipairs"), 0
end

function globals.next(t, key) return next(table_argument(t, "next"), key) end
function globals.rawget(t, key) return rawget(table_argument(t, "rawget"), key) end
globals.rawequal = rawequal

function globals.rawset(t, key, value)
  if behind[t] then error("library tables are read-only", 2) end
  return rawset(table_argument(t, "rawset"), key, value)
end

function globals.getmetatable(value)
  local metatable = getmetatable(value)
  if metatable == lazy or metatable == false then return nil end
  return metatable
end

function globals.setmetatable(t, metatable)
  table_argument(t, "setmetatable")
  if metatable ~= nil and type(metatable) ~= "table" then
    bad(2, "setmetatable", "nil or table", metatable)
  end
  if metatable then
    -- The reference knows no finalizers, and in one no limit would hold.
    rawset(force(metatable), "__gc", nil)
  end
  return setmetatable(t, metatable)
end

globals.select, globals.type = select, type
globals.print = function() end

-- A thousand times what a script needs, a hundredth of what the VM's stack holds.
local MOST_VALUES = 5000

function globals.unpack(t, first, last)
  t = table_argument(t, "unpack")
  first, last = first or 1, last or #t
  if last - first >= MOST_VALUES then error("registry overflow", 2) end
  return native_unpack(t, first, last)
end

local tables = {}

function tables.getn(t) return #table_argument(t, "getn") end

function tables.maxn(t)
  local most = 0
  for key in next, table_argument(t, "maxn") do
    if type(key) == "number" and key > most then most = key end
  end
  return most
end

function tables.insert(t, ...)
  t = table_argument(t, "insert")
  local count = select("#", ...)
  if count == 0 then error("wrong number of arguments", 2) end
  local position, value = ...
  local size = #t
  if count == 1 then
    t[size + 1] = position
    return
  end
  if type(position) ~= "number" then bad(2, "insert", "number", position) end
  position = floor(position)
  if position >= 1 then
    for i = size, position, -1 do t[i + 1] = t[i] end
  end
  t[position] = value
end

function tables.remove(t, position)
  t = table_argument(t, "remove")
  local size = #t
  position = position or size
  if size == 0 or position < 1 or position > size then return nil end
  local removed = t[position]
  for i = position, size - 1 do t[i] = t[i + 1] end
  t[size] = nil
  return removed
end

function tables.concat(t, separator, first, last)
  t = table_argument(t, "concat")
  local size = #t
  if first and not last and (first > size or first < 1) then return "" end
  local from, to = first or 1, last or size
  if from < 1 then from = 1 end
  if to > size then to = size end
  local texts, count = {}, 0
  for i = from, to do
    local value = t[i]
    local kind = type(value)
    if kind == "number" then
      value = number_text(value)
    elseif kind ~= "string" then
      error("invalid value (" .. kind .. ") at index " .. i .. " in table for concat", 2)
    end
    count = count + 1
    texts[count] = value
  end
  return native_concat(texts, separator and globals.tostring(separator) or "")
end

-- A comparison written in Lua is counted by the limits, the VM's own is not.
local function less(a, b) return a < b end

function tables.sort(t, before)
  native_sort(table_argument(t, "sort"), before or less)
end

globals.table = protect(tables)

-- Libraries --------------------------------------------------------------

local modules = {os = protect({time = host.time, date = host.date}), table = globals.table}

function globals.require(name)
  local found = modules[name]
  if found == nil then
    error("module " .. native_tostring(name) .. " not found:", 2)
  end
  return found
end

if open then
  local strings = {}
  for _, name in ipairs({"char", "len", "rep", "reverse", "sub"}) do strings[name] = string[name] end
  for name, f in next, host.string do strings[name] = f end
  strings.gfind = strings.gmatch

  function strings.rep(text, times)
    if type(text) ~= "string" and type(text) ~= "number" then bad(1, "rep", "string", text) end
    if type(times) ~= "number" then bad(2, "rep", "number", times) end
    return native_rep(text, times)
  end

  local function replacement(value, whole)
    if not value then return whole end
    if type(value) == "number" then return number_text(value) end
    if type(value) == "string" then return value end
    return ""
  end

  function strings.gsub(text, pattern, by, limit)
    local kind = type(by)
    if kind == "string" or kind == "number" then
      return host.replace(text, pattern, number_text and globals.tostring(by), limit)
    end
    if kind ~= "table" and kind ~= "function" then
      error("bad argument #3 to gsub (string or table or function expected, got " .. kind .. ")", 2)
    end
    local parts, count = {}, 0
    local matches = host.matches(text, pattern, limit)
    for i = 1, #matches do
      local match = matches[i]
      local value
      if kind == "table" then value = by[match[3]] else value = by(native_unpack(match, 3)) end
      parts[count + 1], parts[count + 2] = match[1], replacement(value, match[2])
      count = count + 2
    end
    parts[count + 1] = matches.rest
    return native_concat(parts), #matches
  end

  function strings.gmatch(text, pattern)
    local matches, at = host.matches(text, pattern, -1), 0
    return function()
      at = at + 1
      local match = matches[at]
      if match then return native_unpack(match, 3) end
    end
  end
  strings.gfind = strings.gmatch

  globals.string = protect(strings)
  host.set_faults(faults(no_table), faults(strings))

  local maths = {}
  for name, f in next, math do maths[name] = f end
  maths.mod = math.fmod
  maths.log10 = function(number) return math.log(number, 10) end
  maths.huge = 1.7976931348623157e308
  globals.math = protect(maths)
  globals.os = protect({
    time = host.open_time, date = host.open_date, clock = host.clock,
    difftime = function(later, earlier) return later - (earlier or 0) end,
  })
else
  host.set_faults(faults(no_table), faults(no_table))
end

-- What the host calls ----------------------------------------------------

local shared = {__index = globals, __metatable = false}

local function environment(obj, params)
  local env = {obj = obj, actionParams = params or {}, _G = true}
  env._G = env
  return setmetatable(env, shared)
end

local function last(ok, ...)
  if not ok then return false, (...) end
  local count = select("#", ...)
  if count == 0 then return true, nil end
  return true, (select(count, ...))
end

local function run(chunk) return last(pcall(chunk)) end

return {environment = environment, run = run, lazy = lazy, force = force}
